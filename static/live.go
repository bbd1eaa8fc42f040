package static

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// lookEvery is how often files are looked at in development.
const lookEvery = 150 * time.Millisecond

// State is what a page in development shows: another Page means that it has to be loaded anew, another Style only that
// its stylesheet has.
type State struct{ Page, Style string }

var live struct {
	sync.Mutex
	on      bool
	page    string
	changed chan struct{} // closed when the state changes
}

// Watch serves the files of a folder of the source instead of those in the program, as they are now, until stop. Other files
// that pages are made from are named by patterns. It is for development.
func Watch(dir string, patterns ...string) (stop func()) {
	w := &watcher{dir: dir, patterns: patterns, seen: map[string]string{}}
	live.Lock()
	live.on, live.changed = true, make(chan struct{})
	live.Unlock()
	w.look()
	done := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for tick := time.NewTicker(lookEvery); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				w.look()
			}
		}
	})
	return func() {
		close(done)
		looking.Wait()
		live.Lock()
		defer live.Unlock()
		live.on = false
		close(live.changed)
		all.Store(fill(files, minified))
	}
}

// Watched reports whether files may change.
func Watched() bool {
	live.Lock()
	defer live.Unlock()
	return live.on
}

// Now is the state, with a channel that is closed when there is another.
func Now() (State, <-chan struct{}) {
	live.Lock()
	defer live.Unlock()
	return State{live.page, URL("dchat.css")}, live.changed
}

// watcher knows the files by their times and sizes.
type watcher struct {
	dir      string
	patterns []string
	seen     map[string]string
}

// look finds what has changed. A file that is being written, and cannot be read now, is there the next time.
func (w *watcher) look() {
	style, page := w.compare()
	if !style && !page {
		return
	}
	defer func() { _ = recover() }() // half of the source is missing
	fresh := fill(os.DirFS(w.dir), sources)
	for url, asset := range all.Load().assets { // a page may still ask for what it was given
		if _, known := fresh.assets[url]; !known {
			fresh.assets[url] = asset
		}
	}
	live.Lock()
	defer live.Unlock()
	all.Store(fresh)
	if page {
		live.page = fmt.Sprint(os.Getpid(), "-", time.Now().UnixNano())
	}
	close(live.changed)
	live.changed = make(chan struct{})
}

func (w *watcher) compare() (style, page bool) {
	note := func(path string, info fs.FileInfo) {
		stamp := fmt.Sprint(info.ModTime().UnixNano(), info.Size())
		if w.seen[path] == stamp {
			return
		}
		w.seen[path] = stamp
		if strings.HasSuffix(path, ".css") {
			style = true
		} else {
			page = true
		}
	}
	_ = filepath.WalkDir(w.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".go") {
			return nil //nolint:nilerr // it may be back the next time
		}
		if info, err := e.Info(); err == nil {
			note(path, info)
		}
		return nil
	})
	for _, pattern := range w.patterns {
		found, _ := filepath.Glob(pattern)
		for _, path := range found {
			if info, err := os.Stat(path); err == nil {
				note(path, info)
			}
		}
	}
	return style, page
}
