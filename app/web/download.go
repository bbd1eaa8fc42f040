package web

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/listen"

	"github.com/gofiber/fiber/v2"
)

// A download may take hours, and a block, a sign-out or a deletion counts at once: whether it may go on is
// asked anew every so often, of the database as at its beginning. The signature of its address is not: that may run out.
const (
	downloadCheck  = 400 * time.Millisecond
	checkWithin    = 2 * time.Second
	unansweredMost = 30 * time.Second // a download without an answer about it
)

// download is a file on its way out. The server closes it, also when the browser has gone.
type download struct {
	files.File
	web     *Web
	conn    net.Conn
	left    int64
	session *chat.Session
	id      string
	checked time.Time
	closed  sync.Once
}

func (w *Web) newDownload(c *fiber.Ctx, blob files.File, id string, length int64) *download {
	d := &download{File: blob, web: w, conn: c.Context().Conn(), left: length, session: mine(c), id: id, checked: time.Now()}
	w.running.requests.Add(1) // until all of it is out
	w.downloads.add(d)
	return d
}

// Read gives the browser time anew, to take what comes now.
func (d *download) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	if err := d.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return 0, err
	}
	n, err := d.File.Read(p[:min(int64(len(p)), d.left)])
	d.left -= int64(n)
	return n, err
}

func (d *download) Close() error {
	d.closed.Do(func() {
		d.web.downloads.remove(d)
		d.web.running.requests.Add(-1)
	})
	return d.File.Close()
}

// downloads are those that are running.
type downloads struct {
	mu      sync.Mutex
	running map[*download]bool
	web     *Web
}

func (s *downloads) add(d *download) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.running) == 0 {
		s.running = map[*download]bool{}
		go s.watch(s.running)
	}
	s.running[d] = true
}

func (s *downloads) remove(d *download) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, d)
}

// watch asks about the downloads of one set until there are none.
func (s *downloads) watch(set map[*download]bool) {
	tick := time.NewTicker(downloadCheck)
	defer tick.Stop()
	for range tick.C {
		s.mu.Lock()
		list := make([]*download, 0, len(set))
		for d := range set {
			if time.Since(d.checked) >= downloadCheck/2 { // most are over by then
				list = append(list, d)
			}
		}
		over := len(set) == 0
		s.mu.Unlock()
		if over {
			return
		}
		s.check(list)
	}
}

// check cuts the downloads that may not go on.
func (s *downloads) check(list []*download) {
	if len(list) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
	defer cancel()
	var sessions []int64
	for _, d := range list {
		sessions = append(sessions, d.session.ID)
	}
	alive, err := s.web.Store.SessionsAlive(ctx, sessions)
	for _, d := range list {
		failure := err
		if err == nil && alive[d.session.ID] {
			_, failure = s.web.Store.File(ctx, d.session.User, d.id)
		}
		gone := err == nil && !alive[d.session.ID] || chat.CodeOf(failure) == chat.NotFound
		switch {
		case gone, failure != nil && time.Since(d.checked) > unansweredMost:
			s.cut(d)
		case failure == nil:
			d.checked = time.Now()
		}
	}
}

// cut ends a download, also where the browser is slow and much is on its way. After its end, the connection
// may serve another request.
func (s *downloads) cut(d *download) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running[d] {
		return
	}
	if conn := listen.Of(d.conn); conn != nil {
		conn.Abort()
		return
	}
	_ = d.conn.Close()
}
