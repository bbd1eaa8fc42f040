package broadcast

import (
	"context"
	"maps"
	"slices"
	"time"

	"dchat/app/chat"
	"dchat/app/live"
	"dchat/views"
)

// round refreshes the people of this node, and tells its pages what has changed.
func (p *Presence) round(ctx context.Context) error {
	now := time.Now()
	here := p.Hub.VisibleSince(now.Add(-p.OnlineFor))
	if err := p.store(ctx, here, now); err != nil {
		return err
	}
	p.present = here
	refreshed := p.Hub.Refresh(ctx, here)
	open := p.Hub.Views()
	maps.DeleteFunc(p.shown, func(v live.View, _ shown) bool { return !open[v] })
	if refreshed != nil {
		p.hide(slices.Collect(maps.Keys(open)))
		return refreshed
	}
	known := make(map[live.View]chat.Presence, len(open))
	for piece := range slices.Chunk(slices.Collect(maps.Keys(open)), roundPiece) {
		if err := p.ask(ctx, piece, known); err != nil {
			return err
		}
		p.answerWaiting(ctx) // one who types does not wait for the whole round
	}
	return p.tell(ctx, known, false)
}

// roundPiece is how many views a round asks for before it answers signs.
const roundPiece = 500

// ask reads what there is to know in views.
func (p *Presence) ask(ctx context.Context, views []live.View, known map[live.View]chat.Presence) error {
	if len(views) == 0 {
		return nil
	}
	list := make([]chat.View, len(views))
	for i, v := range views {
		list[i] = chat.View{ConversationID: v.Conversation, UserID: v.User}
	}
	found, err := p.Presences(ctx, list)
	for i, v := range views {
		known[v] = found[list[i]] // also that there is nothing to know
	}
	return err
}

// answerWaiting deals with the signs that have come meanwhile.
func (p *Presence) answerWaiting(ctx context.Context) {
	var signs []sign
	for len(signs) < signsWaiting {
		select {
		case s := <-p.signs:
			signs = append(signs, s)
			continue
		default:
		}
		break
	}
	if len(signs) > 0 {
		p.once(ctx, "telling who types", func(ctx context.Context) error { return p.answer(ctx, signs) })
	}
}

// store writes down when those were here who have left, and now and then those who stay.
func (p *Presence) store(ctx context.Context, here map[int64]time.Time, now time.Time) error {
	due := map[int64]time.Time{}
	for user, at := range p.present {
		if _, stays := here[user]; !stays {
			due[user] = at
			delete(p.stored, user)
		}
	}
	for user, at := range here {
		if p.stored[user].IsZero() {
			p.stored[user] = now
		} else if now.Sub(p.stored[user]) > storeEvery {
			due[user], p.stored[user] = at, now
		}
	}
	if len(due) == 0 {
		return nil
	}
	return p.SetSeen(ctx, due)
}

// tell sends pages what they may know of the other person, if it has changed or if they have just opened the
// conversation.
func (p *Presence) tell(ctx context.Context, known map[live.View]chat.Presence, always bool) error {
	others := make([]int64, 0, len(known))
	for _, m := range known {
		if m.Online {
			others = append(others, m.OtherID)
		}
	}
	seen, err := p.Hub.Seen(ctx, others)
	if err != nil {
		p.hide(slices.Collect(maps.Keys(known)))
		return err
	}
	now, lost := time.Now(), map[int64]time.Time{}
	for v, m := range known {
		is := p.state(m, seen[m.OtherID], now)
		if is.SeenAt.After(m.OtherSeenAt) {
			lost[m.OtherID] = is.SeenAt
		}
		p.show(v, is, m.Stamp, always)
	}
	if len(lost) == 0 {
		return nil
	}
	return p.SetSeen(ctx, lost) // their node has died: it would have stored it
}

// state is what one may know of the other: nothing, that they are there, or when they last were.
func (p *Presence) state(known chat.Presence, seen, now time.Time) views.Presence {
	switch {
	case !known.Online:
		return views.Presence{}
	case now.Sub(seen) <= p.OnlineFor:
		return views.Presence{Online: true}
	case seen.After(known.OtherSeenAt):
		return views.Presence{SeenAt: seen.Truncate(time.Minute)}
	}
	return views.Presence{SeenAt: known.OtherSeenAt}
}

// hide shows nothing where nothing is known.
func (p *Presence) hide(open []live.View) {
	for _, v := range open {
		p.show(v, views.Presence{}, 0, false)
	}
}

// show sends what has changed. A change of one of the two may have taken it from the page meanwhile (stamp).
func (p *Presence) show(v live.View, is views.Presence, stamp int64, always bool) {
	if now := (shown{is.Key(), stamp}); always || p.shown[v] != now {
		p.shown[v] = now
		p.Hub.PassHere(live.Fragment{User: v.User, Parts: p.part("presence", v.Conversation, views.PresencePart(v.Conversation, is))})
	}
}
