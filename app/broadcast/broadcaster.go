// Package broadcast renders what a commit changed, once for each person whose pages show it, and publishes the
// fragments. It also renders what a page missed.
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
	queue  chan batch
	closed bool
}

// queued is how many commits may wait for rendering. Changes that do not fit reach the pages when nodes reconcile
// them with the database.
const queued = 4096

// Options are what a Broadcaster needs.
type Options struct {
	Accounts *account.Store
	Chat     *chat.Store
	Publish  func(context.Context, ...live.Fragment)
	FileURL  func(viewer int64, id, name string) string // the address of a file, signed for one viewer
	Epoch    string                                     // of the database; a cursor of another epoch gets a snapshot
	Log      *slog.Logger
}

// batch is what one transaction changed, and when.
type batch struct {
	changes []chat.Change
	at      time.Time
}

// New makes a Broadcaster; Run does its work.
func New(o Options) *Broadcaster {
	return &Broadcaster{
		accounts: o.Accounts, chat: o.Chat, publish: o.Publish, fileURL: o.FileURL, epoch: o.Epoch, log: o.Log,
		queue: make(chan batch, queued), ended: make(chan struct{}),
	}
}

// Changed queues what one commit changed. It never blocks. Changes after Close reach the pages when nodes reconcile
// them with the database.
func (b *Broadcaster) Changed(changes []chat.Change) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return
	}
	select {
	case b.queue <- batch{changes, time.Now()}:
	default:
		b.log.Warn("too many changes wait for broadcast; pages will catch up by themselves")
	}
}

// Run renders and publishes the queued changes, until Close.
func (b *Broadcaster) Run() {
	defer close(b.ended)
	for next := range b.queue {
		// Reconciling finds what a panic loses.
		_ = guard.Once(b.log, "broadcasting a change", func() { b.push(next) })
	}
}

func (b *Broadcaster) push(next batch) {
	fragments := make([]live.Fragment, 0, len(next.changes))
	for i := range next.changes {
		fragment, err := b.fragment(&next.changes[i])
		if err != nil {
			b.log.Error("a change could not be rendered", "user", next.changes[i].Viewer.ID, "error", err)
			continue
		}
		fragment.At = next.at
		fragments = append(fragments, fragment)
	}
	b.publish(context.Background(), fragments...)
}

// Close publishes the queued changes.
func (b *Broadcaster) Close() {
	b.mu.Lock()
	b.closed = true
	close(b.queue)
	b.mu.Unlock()
	<-b.ended
}

// fragment renders the rows of messages as its Body, and the current state of everything beside them as Parts: of two
// fragments that a page gets at once, only the later parts are needed.
func (b *Broadcaster) fragment(change *chat.Change) (live.Fragment, error) {
	out := b.renderer(change.Viewer)
	fragment := live.Fragment{User: change.Viewer.ID, From: change.From, To: change.To}
	for i := range change.Items {
		if item := &change.Items[i]; len(item.Messages) > 0 {
			out.put(views.Rows(out.viewer, item.Entry.Other, item.Entry.ConversationID, item.Messages))
			fragment.Marks = append(fragment.Marks, live.Mark{Conversation: item.Entry.ConversationID, Rev: item.Entry.Rev})
		}
	}
	fragment.Body = out.take()
	part := func(key string, c templ.Component) {
		out.put(c)
		fragment.Parts = append(fragment.Parts, live.Part{Key: key, Body: out.take()})
	}
	for i := range change.Items {
		item := &change.Items[i]
		other := strconv.FormatInt(item.Entry.Other.ID, 36)
		if !item.Same {
			part("entry "+other, views.EntryParts(out.viewer, item.Entry, out.now))
		}
		if item.NewReceipts {
			part("receipts "+other, views.ReceiptParts(item.Entry))
		}
		if views.HasTimerNotice(item.Messages) {
			part("timer "+other, views.TimerPart(item.Entry))
		}
		if typingEnds(item) {
			part("typing "+other, views.TypingPart(item.Entry.ConversationID, ""))
		}
		if item.NewSide {
			part("side "+other, views.SidePart(item.Entry))
		}
		if item.NewStanding {
			part("relation "+other, views.RelationParts(out.viewer, item.Entry))
		}
		if item.NewProfile {
			part("person "+other, views.PersonParts(out.viewer, item.Entry))
		}
	}
	if change.Requests != nil {
		part("requests", views.RequestCount(*change.Requests))
	}
	if change.Self {
		part("self", views.SelfParts(out.viewer))
	}
	return fragment, out.err
}

// renderer collects HTML for one viewer.
type renderer struct {
	viewer views.Viewer
	now    time.Time
	buf    bytes.Buffer
	err    error
}

func (b *Broadcaster) renderer(viewer *account.User) renderer {
	return renderer{viewer: views.Viewer{User: viewer, FileURL: b.fileURL}, now: time.Now()}
}

func (s *renderer) put(c templ.Component) {
	if s.err == nil {
		s.err = c.Render(views.For(context.Background(), s.viewer.Username), &s.buf)
	}
}

// take returns what was put since the last call.
func (s *renderer) take() []byte {
	taken := bytes.Clone(s.buf.Bytes())
	s.buf.Reset()
	return taken
}
