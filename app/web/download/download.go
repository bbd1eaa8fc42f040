package download

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/files"
	"dchat/app/listen"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

// A download may take hours, and a block, a sign-out or a deletion takes effect at once. Therefore each download is
// checked against the database every downloadCheck. The signature of its address is not checked again: it may expire.
const (
	downloadCheck = 400 * time.Millisecond
	checkWithin   = 2 * time.Second
	uncheckedMost = 30 * time.Second // how long a download goes on while checks fail
)

// download is a file in transfer. The server closes it, also when the browser disconnects.
type download struct {
	files.File
	owner   *Downloads
	conn    net.Conn
	left    int64
	session *account.Session
	id      string
	checked time.Time
	closed  sync.Once
}

func (s *Downloads) start(c *fiber.Ctx, blob files.File, id string, length int64) *download {
	d := &download{File: blob, owner: s, conn: c.Context().Conn(), left: length, session: request.CurrentSession(c), id: id, checked: time.Now()}
	s.Running(1) // until the whole file is sent
	s.active.add(d)
	return d
}

// Read extends the time that the browser has to accept the next bytes.
func (d *download) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	if err := d.conn.SetWriteDeadline(time.Now().Add(d.owner.WriteTimeout)); err != nil {
		return 0, err
	}
	n, err := d.File.Read(p[:min(int64(len(p)), d.left)])
	d.left -= int64(n)
	return n, err
}

func (d *download) Close() error {
	d.closed.Do(func() {
		d.owner.active.remove(d)
		d.owner.Running(-1)
	})
	return d.File.Close()
}

// active holds the downloads in transfer.
type active struct {
	mu       sync.Mutex
	running  map[*download]bool
	accounts *account.Store
	chat     *chat.Store
}

func (s *active) add(d *download) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.running) == 0 {
		s.running = map[*download]bool{}
		go s.watch(s.running)
	}
	s.running[d] = true
}

func (s *active) remove(d *download) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, d)
}

// watch checks the downloads of one set until it is empty.
func (s *active) watch(set map[*download]bool) {
	tick := time.NewTicker(downloadCheck)
	defer tick.Stop()
	for range tick.C {
		s.mu.Lock()
		list := make([]*download, 0, len(set))
		for d := range set {
			if time.Since(d.checked) >= downloadCheck/2 { // most end before their first check
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

// check cuts the downloads that are no longer permitted, and those that could not be checked for uncheckedMost.
func (s *active) check(list []*download) {
	if len(list) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
	defer cancel()
	var sessions []int64
	for _, d := range list {
		sessions = append(sessions, d.session.ID)
	}
	alive, err := s.accounts.SessionsAlive(ctx, sessions)
	for _, d := range list {
		failure := err
		if err == nil && alive[d.session.ID] {
			_, failure = s.chat.File(ctx, d.session.User, d.id)
		}
		ended := err == nil && !alive[d.session.ID] || errs.CodeOf(failure) == errs.NotFound
		switch {
		case ended, failure != nil && time.Since(d.checked) > uncheckedMost:
			s.cut(d)
		case failure == nil:
			d.checked = time.Now()
		}
	}
}

// cut closes the connection of a download, also if the browser is slow and much is buffered. It skips a download
// that has ended: its connection may serve another request.
func (s *active) cut(d *download) {
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
