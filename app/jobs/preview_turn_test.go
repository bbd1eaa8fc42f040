package jobs_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"dchat/app/attachment"
	"dchat/app/files"
	"dchat/test/migrated"

	"github.com/stretchr/testify/require"
)

// gated is a store in which some files cannot be opened before the gate is. It remembers what was opened.
type gated struct {
	files.Store
	gate chan struct{}

	mu     sync.Mutex
	held   []string
	opened []string
}

func (g *gated) hold(blob string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = append(g.held, blob)
}

func (g *gated) waiting() (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, blob := range g.opened {
		if slices.Contains(g.held, blob) {
			n++
		}
	}
	return n
}

func (g *gated) Open(ctx context.Context, blob string) (files.File, error) {
	g.mu.Lock()
	g.opened = append(g.opened, blob)
	held := slices.Contains(g.held, blob)
	g.mu.Unlock()
	if held {
		select {
		case <-g.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return g.Store.Open(ctx, blob)
}

func (w *fixture) gated() *gated {
	g := &gated{Store: w.options.Files, gate: make(chan struct{})}
	w.options.Files = g
	return g
}

// However many pictures of a person wait, and however long each takes, those of others come in between.
func TestPreviewsAreFairAmongUsers(t *testing.T) {
	everyWay(t, func(w *fixture) {
		store := w.gated()
		anna, bert := w.signUp("anna"), w.signUp("bert")
		var annas []string
		for range 8 {
			image := w.attach(anna, pixels(t, 30, 20))
			store.hold(image.Blob)
			annas = append(annas, image.ID)
		}
		w.worker()
		if w.db.Postgres() {
			w.worker()
		}
		w.eventually("one of anna's is looked at", func() bool { return store.waiting() == 1 })
		for range 3 {
			berts := w.attach(bert, pixels(t, 30, 20))
			w.eventually("bert's is made", func() bool { return w.preview(berts.ID) == attachment.PreviewReady })
		}
		require.Equal(t, 1, store.waiting(), "anna has one worker, on all nodes together")
		for _, id := range annas {
			require.Equal(t, attachment.PreviewPending, w.preview(id), "premise")
		}
		close(store.gate)
		for _, id := range annas {
			w.eventually("anna's are made", func() bool { return w.preview(id) == attachment.PreviewReady })
		}
		w.eventually("no job is left", func() bool {
			states := w.states("preview_turn")
			return states["available"]+states["running"]+states["scheduled"]+states["retryable"] == 0
		})
		require.Zero(t, w.log.count("level=ERROR"), w.log)
	})
}

// A picture that comes while the last one is being made is not forgotten.
func TestEveryPreviewIsMade(t *testing.T) {
	everyWay(t, func(w *fixture) {
		w.worker()
		if w.db.Postgres() {
			w.worker()
		}
		anna := w.signUp("anna")
		var all []string
		for range 12 { // each comes as soon as the one before is ready: when the worker is about to end
			image := w.attach(anna, pixels(t, 3, 2))
			all = append(all, image.ID)
			require.Eventually(t, func() bool { return w.preview(image.ID) == attachment.PreviewReady }, patience, time.Millisecond)
		}
		var group sync.WaitGroup
		ids := make(chan string, 40)
		for range 4 {
			group.Go(func() {
				for range 10 {
					ids <- w.attach(anna, pixels(t, 3, 2)).ID
				}
			})
		}
		group.Wait()
		close(ids)
		for id := range ids {
			all = append(all, id)
		}
		for _, id := range all {
			w.eventually("it is ready", func() bool { return w.preview(id) == attachment.PreviewReady })
		}
	})
}

// A picture that cannot be made now does not hold up its owner's others.
func TestFailedPreviewDelaysNoOther(t *testing.T) {
	w := newFixture(t, migrated.SQLite(t, t.TempDir()+"/dchat.db"))
	anna := w.signUp("anna")
	bad := w.attach(anna, pixels(t, 30, 20))
	w.options.Files = &failing{Store: w.options.Files, blob: bad.Blob}
	good := w.attach(anna, pixels(t, 30, 20))
	w.worker()
	w.eventually("the other is ready", func() bool { return w.preview(good.ID) == attachment.PreviewReady })
	require.Equal(t, attachment.PreviewPending, w.preview(bad.ID))
	require.NotZero(t, w.log.count("a job failed and will be tried again"))
}

type failing struct {
	files.Store
	blob string
}

func (f *failing) Open(ctx context.Context, blob string) (files.File, error) {
	if blob == f.blob {
		return nil, context.DeadlineExceeded
	}
	return f.Store.Open(ctx, blob)
}

// What an earlier release has put down is done, too.
func TestPreviewJobsOfPreviousRelease(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna := w.signUp("anna")
		image := w.attach(anna, pixels(t, 30, 20))
		w.exec("DELETE FROM river_job")
		w.enqueue(attachment.PreviewJob{AttachmentID: image.ID})
		w.worker()
		w.eventually("it is ready", func() bool { return w.preview(image.ID) == attachment.PreviewReady })
	})
}
