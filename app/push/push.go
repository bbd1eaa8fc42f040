// Package push turns a fact that has happened into what people see: it renders once for each
// person whose pages change, and publishes.
package push

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"dchat/app/chat"
	"dchat/app/live"
	"dchat/views"

	"github.com/a-h/templ"
)

// Push renders changes and catch-ups.
type Push struct {
	store   *chat.Store
	publish func(context.Context, ...live.Frame)
	fileURL func(viewer int64, id, name string) string
	epoch   string
	log     *slog.Logger
	ended   chan struct{}

	mu     sync.RWMutex // around the two below
	queue  chan commit
	closed bool
}

// queued is how many commits may wait for rendering. What does not fit is left to the safety net:
// the pages' versions tell that something is missing.
const queued = 4096

// Options are what a Push needs.
type Options struct {
	Store   *chat.Store
	Publish func(context.Context, ...live.Frame)
	FileURL func(viewer int64, id, name string) string // the address of a file, signed for one viewer
	Epoch   string                                     // of the database: cursors of another one are worthless
	Log     *slog.Logger
}

// commit is what one transaction changed, and when.
type commit struct {
	changes []chat.Change
	at      time.Time
}

// New makes a Push; Run does its work.
func New(o Options) *Push {
	return &Push{
		store: o.Store, publish: o.Publish, fileURL: o.FileURL, epoch: o.Epoch, log: o.Log,
		queue: make(chan commit, queued), ended: make(chan struct{}),
	}
}

// Changed takes what one commit changed. It never blocks. What changes after Close is left to the
// other nodes' safety nets.
func (p *Push) Changed(changes []chat.Change) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.closed {
		return
	}
	select {
	case p.queue <- commit{changes, time.Now()}:
	default:
		p.log.Warn("too much to push; pages will catch up by themselves")
	}
}

// Run renders and publishes what Changed was told, until Close.
func (p *Push) Run() {
	defer close(p.ended)
	for next := range p.queue {
		frames := make([]live.Frame, 0, len(next.changes))
		for i := range next.changes {
			frame, err := p.frame(&next.changes[i])
			if err != nil {
				p.log.Error("a change could not be rendered", "user", next.changes[i].Viewer.ID, "error", err)
				continue
			}
			frame.At = next.at
			frames = append(frames, frame)
		}
		p.publish(context.Background(), frames...)
	}
}

// Close publishes what waits.
func (p *Push) Close() {
	p.mu.Lock()
	p.closed = true
	close(p.queue)
	p.mu.Unlock()
	<-p.ended
}

// frame is the rows of messages, and how everything beside them is now: of two frames that a page gets at
// once, only the later has to say that.
func (p *Push) frame(change *chat.Change) (live.Frame, error) {
	out := p.sheet(change.Viewer)
	frame := live.Frame{User: change.Viewer.ID, From: change.From, To: change.To}
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

func (p *Push) sheet(viewer *chat.User) sheet {
	return sheet{viewer: views.Viewer{User: viewer, FileURL: p.fileURL}, now: time.Now()}
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
