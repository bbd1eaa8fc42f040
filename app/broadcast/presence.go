package broadcast

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"dchat/app/chat"
	"dchat/app/guard"
	"dchat/app/live"
)

// PresenceOptions are what a Presence needs.
type PresenceOptions struct {
	Presences func(context.Context, []chat.View) (map[chat.View]chat.Presence, error)
	SetSeen   func(context.Context, map[int64]time.Time) error

	Hub *live.Hub

	// OnlineFor is for how long a person counts as online after one of their pages has said that it is visible; a minute
	// if 0. In this time there are three rounds.
	OnlineFor time.Duration
	Log       *slog.Logger
}

// Presence tells pages what passes: that the other types, and whether they are there. What it reads of the database it
// reads for all pages together, so no event costs a statement.
type Presence struct {
	PresenceOptions
	signs chan sign
	ctx   context.Context
	stop  context.CancelFunc
	ended chan struct{}

	known   map[chat.View]memory // who may know what of whom
	shown   map[live.View]shown  // what the pages of this node were last told
	present map[int64]time.Time  // the people who were here in the last round
	stored  map[int64]time.Time  // when it was last stored that they were here
}

type sign struct {
	user int64
	live.Sign
}

// shown is what a page shows, and for which state of the two people's settings.
type shown struct {
	key   string
	stamp int64
}

type memory struct {
	chat.Presence
	at time.Time
}

const (
	signsWaiting  = 4096
	signsTogether = 50 * time.Millisecond // signs that come within this time share a statement
	memoryLife    = time.Second
	storeEvery    = 10 * time.Minute // of those who stay; those who leave are stored at once
	presenceWait  = 5 * time.Second
)

// NewPresence makes a Presence; Run does its work.
func NewPresence(o PresenceOptions) *Presence {
	if o.OnlineFor == 0 {
		o.OnlineFor = time.Minute
	}
	p := &Presence{
		PresenceOptions: o, signs: make(chan sign, signsWaiting), ended: make(chan struct{}),
		known: map[chat.View]memory{}, shown: map[live.View]shown{}, present: map[int64]time.Time{}, stored: map[int64]time.Time{},
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// Close stores who was here.
func (p *Presence) Close() {
	p.stop()
	<-p.ended
}

// Sign takes what a page says. It never blocks: what does not fit is lost.
func (p *Presence) Sign(user int64, s live.Sign) {
	select {
	case p.signs <- sign{user, s}:
	default:
	}
}

// Run works until Close.
func (p *Presence) Run() {
	defer close(p.ended)
	ctx := p.ctx
	ticker := time.NewTicker(p.OnlineFor / 3)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
			p.once(ctx, "telling who is online", p.round)
		case first := <-p.signs:
			list := p.collect(ctx, first)
			p.once(ctx, "telling who types", func(ctx context.Context) error { return p.answer(ctx, list) })
		}
	}
	p.once(context.WithoutCancel(ctx), "storing who was here", func(ctx context.Context) error { return p.SetSeen(ctx, p.present) })
}

// once does a piece of work. What fails passes: the next round makes up for it.
func (p *Presence) once(ctx context.Context, name string, work func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, presenceWait)
	defer cancel()
	_ = guard.Once(p.Log, name, func() {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			p.Log.Debug(name+" failed", "error", err)
		}
	})
}

// collect takes the signs that come within a moment.
func (p *Presence) collect(ctx context.Context, first sign) []sign {
	list := []sign{first}
	timer := time.NewTimer(signsTogether)
	defer timer.Stop()
	for len(list) < signsWaiting {
		select {
		case s := <-p.signs:
			list = append(list, s)
		case <-timer.C:
			return list
		case <-ctx.Done():
			return list
		}
	}
	return list
}

// answer deals with signs of pages.
func (p *Presence) answer(ctx context.Context, signs []sign) error {
	var views []chat.View
	var opened []live.View
	for _, s := range signs {
		switch {
		case s.Kind == live.Open:
			opened = append(opened, live.View{User: s.user, Conversation: s.Conversation})
		case s.Conversation != 0:
			views = append(views, chat.View{ConversationID: s.Conversation, UserID: s.user})
		}
	}
	if err := p.learn(ctx, views, memoryLife); err != nil {
		return err
	}
	known := map[live.View]chat.Presence{}
	if err := p.ask(ctx, opened, known); err != nil { // not of memory: a block is a reason to look again
		return err
	}
	arrived := map[int64]time.Time{}
	for _, s := range signs {
		switch s.Kind {
		case live.Typing, live.Typed:
			p.typing(s)
		case live.Visible:
			if _, here := p.present[s.user]; !here {
				arrived[s.user] = time.Now()
			}
		}
	}
	if err := p.Hub.Refresh(ctx, arrived); err != nil {
		return err
	}
	maps.Copy(p.present, arrived)
	return p.tell(ctx, known, true)
}

// learn reads who may know what of whom, where it is not in memory or older than life.
func (p *Presence) learn(ctx context.Context, views []chat.View, life time.Duration) error {
	now := time.Now()
	maps.DeleteFunc(p.known, func(_ chat.View, m memory) bool { return now.Sub(m.at) > life })
	views = slices.DeleteFunc(views, func(v chat.View) bool { _, known := p.known[v]; return known })
	if len(views) == 0 {
		return nil
	}
	found, err := p.Presences(ctx, views)
	if err != nil {
		return err
	}
	for _, v := range views {
		p.known[v] = memory{found[v], now} // also that there is nothing to know
	}
	return nil
}
