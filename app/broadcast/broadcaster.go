// Package broadcast turns a fact that has happened into what people see: it renders once for each
// person whose pages change, and publishes.
package broadcast

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/guard"
	"dchat/app/live"
	"dchat/views"

	"github.com/a-h/templ"
)

// Broadcaster renders changes and catch-ups.
type Broadcaster struct {
	accounts *account.Store
	chat     *chat.Store
	publish  func(context.Context, ...live.Fragment)
	fileURL  func(viewer int64, id, name string) string
	epoch    string
	log      *slog.Logger
	ended    chan struct{}

	mu     sync.RWMutex // around the two below
	queue  chan commit
	closed bool
}

// queued is how many commits may wait for rendering. What does not fit is left to the safety net:
// the pages' versions tell that something is missing.
const queued = 4096

// Options are what a Broadcaster needs.
type Options struct {
	Accounts *account.Store
	Chat     *chat.Store
	Publish  func(context.Context, ...live.Fragment)
	FileURL  func(viewer int64, id, name string) string // the address of a file, signed for one viewer
	Epoch    string                                     // of the database: cursors of another one are worthless
	Log      *slog.Logger
}

// commit is what one transaction changed, and when.
type commit struct {
	changes []chat.Change
	at      time.Time
}

// New makes a Broadcaster; Run does its work.
func New(o Options) *Broadcaster {
	return &Broadcaster{
		accounts: o.Accounts, chat: o.Chat, publish: o.Publish, fileURL: o.FileURL, epoch: o.Epoch, log: o.Log,
		queue: make(chan commit, queued), ended: make(chan struct{}),
	}
}

// Changed takes what one commit changed. It never blocks. What changes after Close is left to the
// other nodes' safety nets.
func (b *Broadcaster) Changed(changes []chat.Change) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return
	}
	select {
	case b.queue <- commit{changes, time.Now()}:
	default:
		b.log.Warn("too many changes wait for broadcast; pages will catch up by themselves")
	}
}

// Run renders and publishes what Changed was told, until Close.
func (b *Broadcaster) Run() {
	defer close(b.ended)
	for next := range b.queue {
		// What is lost by a panic is found by the safety net.
		_ = guard.Once(b.log, "broadcasting a change", func() { b.push(next) })
	}
}

func (b *Broadcaster) push(next commit) {
	frames := make([]live.Fragment, 0, len(next.changes))
	for i := range next.changes {
		frame, err := b.frame(&next.changes[i])
		if err != nil {
			b.log.Error("a change could not be rendered", "user", next.changes[i].Viewer.ID, "error", err)
			continue
		}
		frame.At = next.at
		frames = append(frames, frame)
	}
	b.publish(context.Background(), frames...)
}

// Close publishes what waits.
func (b *Broadcaster) Close() {
	b.mu.Lock()
	b.closed = true
	close(b.queue)
	b.mu.Unlock()
	<-b.ended
}

// frame is the rows of messages, and how everything beside them is now: of two frames that a page gets at
// once, only the later has to say that.
func (b *Broadcaster) frame(change *chat.Change) (live.Fragment, error) {
	out := b.sheet(change.Viewer)
	frame := live.Fragment{User: change.Viewer.ID, From: change.From, To: change.To}
	for i := range change.Items {
		if item := &change.Items[i]; len(item.Messages) > 0 {
			out.put(views.Rows(out.viewer, item.Entry.Other, item.Entry.ConversationID, item.Messages))
			frame.Marks = append(frame.Marks, live.Mark{Thread: item.Entry.ConversationID, Rev: item.Entry.Rev})
		}
	}
	frame.Body = out.take()
	part := func(key string, c templ.Component) {
		out.put(c)
		frame.Parts = append(frame.Parts, live.Part{Key: key, Body: out.take()})
	}
	for i := range change.Items {
		item := &change.Items[i]
		other := strconv.FormatInt(item.Entry.Other.ID, 36)
		part("entry "+other, views.EntryParts(out.viewer, item.Entry, out.now))
		if item.Standing {
			part("relation "+other, views.RelationParts(out.viewer, item.Entry))
		}
		if item.Profile {
			part("person "+other, views.PersonParts(out.viewer, item.Entry))
		}
	}
	if change.Requests != nil {
		part("requests", views.RequestCount(*change.Requests))
	}
	if change.Self {
		part("self", views.SelfParts(out.viewer))
	}
	return frame, out.err
}

// sheet collects what one person is going to see.
type sheet struct {
	viewer views.Viewer
	now    time.Time
	buf    bytes.Buffer
	err    error
}

func (b *Broadcaster) sheet(viewer *account.User) sheet {
	return sheet{viewer: views.Viewer{User: viewer, FileURL: b.fileURL}, now: time.Now()}
}

func (s *sheet) put(c templ.Component) {
	if s.err == nil {
		s.err = c.Render(views.For(context.Background(), s.viewer.Username), &s.buf)
	}
}

// take is what was put since the last time.
func (s *sheet) take() []byte {
	taken := bytes.Clone(s.buf.Bytes())
	s.buf.Reset()
	return taken
}
