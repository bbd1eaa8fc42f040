package chat

import (
	"context"
	"slices"

	"dchat/app/account"
	"dchat/db"

	"github.com/uptrace/bun"
)

// pair is the locked pair row with both sides, as a rule sees it and changes it.
type pair struct {
	*Conversation
	mine, theirs *Membership

	// afterLock is what a rule still has to check once both people are locked; it may be nil.
	afterLock func(context.Context, bun.Tx) error
}

// blocked reports whether one of the two has blocked the other.
func (p *pair) blocked() bool { return !p.mine.BlockedAt.IsZero() || !p.theirs.BlockedAt.IsZero() }

// standings as the two may know them.
func (p *pair) standings() (mine, theirs Standing) { return p.standing(), p.reversed().standing() }

func (p *pair) copy() *pair {
	c, mine, theirs := *p.Conversation, *p.mine, *p.theirs
	return &pair{Conversation: &c, mine: &mine, theirs: &theirs}
}

// reversed is the pair as the other sees it.
func (p *pair) reversed() *pair {
	return &pair{Conversation: p.Conversation, mine: p.theirs, theirs: p.mine}
}

// differing are the sides that pages show differently now.
func (p *pair) differing(was *pair) []*Membership {
	var sides []*Membership
	for _, turn := range []struct{ now, was *pair }{{p, was}, {p.reversed(), was.reversed()}} {
		if turn.now.standing() != turn.was.standing() || shows(turn.was.mine, turn.now.mine) || turn.now.receipts(turn.was) {
			sides = append(sides, turn.now.mine)
		}
	}
	return sides
}

// standing as the first of the two may know it.
func (p *pair) standing() Standing { return standing(p.Conversation, p.mine, p.theirs) }

// entry is what the first of the two sees.
func (p *pair) entry(last *Message) Entry {
	if p.mine.Version == 0 {
		return Entry{Other: p.theirs.User, Standing: Stranger, ShowsRead: p.mine.showsRead()} // as selectEntries has it
	}
	return newEntry(p.Conversation, p.mine, p.theirs, p.theirs.User, last)
}

// shows reports whether pages show the side differently, its standing aside.
func shows(was, is *Membership) bool {
	return was.LastReadSeq != is.LastReadSeq || was.OwnAfter != is.OwnAfter || !was.ShownAt.Equal(is.ShownAt) ||
		was.MarkedUnread != is.MarkedUnread || was.kept() != is.kept()
}

// lockPair locks the pair of two people.
func lockPair(ctx context.Context, tx bun.Tx, me, other int64) (*pair, error) {
	key := keyOf(me, other)
	c := &Conversation{}
	err := db.ForUpdate(tx.NewSelect().Model(c).Where("low_id = ?", key.low).Where("high_id = ?", key.high)).Scan(ctx)
	if err != nil {
		return nil, err
	}
	var sides []*Membership
	if err := tx.NewSelect().Model(&sides).Relation("User", account.PublicColumns).Where("mb.conversation_id = ?", c.ID).Scan(ctx); err != nil {
		return nil, err
	}
	p := &pair{Conversation: c}
	for _, side := range sides {
		if side.UserID == me {
			p.mine = side
		} else {
			p.theirs = side
		}
	}
	return p, nil
}

// lockConversation locks a pair by its conversation.
func lockConversation(ctx context.Context, tx bun.Tx, id int64) (*pair, error) {
	c := &Conversation{}
	if err := tx.NewSelect().Model(c).Column("low_id", "high_id").Where("id = ?", id).Scan(ctx); err != nil {
		return nil, err
	}
	return lockPair(ctx, tx, c.LowID, c.HighID)
}

// lockPairs locks some of the conversations of a person.
func lockPairs(ctx context.Context, tx bun.Tx, id int64, ids []int64) ([]*pair, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []*Conversation
	if err := db.ForUpdate(tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Order("id")).Scan(ctx); err != nil {
		return nil, err
	}
	var sides []*Membership
	if err := tx.NewSelect().Model(&sides).Where("conversation_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	pairs, byID := make([]*pair, len(rows)), map[int64]*pair{}
	for i, c := range rows {
		pairs[i] = &pair{Conversation: c}
		byID[c.ID] = pairs[i]
	}
	for _, side := range sides {
		if side.UserID == id {
			byID[side.ConversationID].mine = side
		} else {
			byID[side.ConversationID].theirs = side
		}
	}
	return pairs, nil
}

// ruledColumns are what changes under the lock of the pair: what a rule does not touch is written as it was read.
var ruledColumns = []string{
	"last_read_seq", "delivered_seq", "own_after", "gone_seq", "version", "asked_at", "ask_hidden", "rejections", "rejected_at", "blocked_at", "shown_at",
	"muted_until", "pinned_at", "archived_at", "marked_unread",
}

func (p *pair) save(ctx context.Context, tx bun.Tx) error {
	if _, err := tx.NewUpdate().Model(p.Conversation).WherePK().Exec(ctx); err != nil {
		return err
	}
	for _, side := range []*Membership{p.mine, p.theirs} {
		if _, err := tx.NewUpdate().Model(side).Column(ruledColumns...).WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// raise gives each side the next version of its person.
func raise(ctx context.Context, tx bun.Tx, sides []*Membership) error {
	if len(sides) == 0 {
		return nil
	}
	ids := make([]int64, len(sides))
	for i, side := range sides {
		ids[i] = side.UserID
	}
	versions, err := account.LockVersions(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, side := range sides {
		side.Version = versions[side.UserID] + 1
	}
	return account.RaiseVersions(ctx, tx, ids)
}

// publish stores what has changed with the last revision, gives the sides a version, and returns what each of them sees
// of it. Where that is too much for one fragment, the pages catch up by themselves.
func (p *pair) publish(ctx context.Context, tx bun.Tx, sides []*Membership) ([]Change, error) {
	if err := raise(ctx, tx, sides); err != nil {
		return nil, err
	}
	if err := p.save(ctx, tx); err != nil {
		return nil, err
	}
	if err := countGone(ctx, tx, sides...); err != nil {
		return nil, err
	}
	last, err := p.last(ctx, tx)
	if err != nil {
		return nil, err
	}
	var list []Change
	for _, turn := range []*pair{p, p.reversed()} {
		side := turn.mine
		if !slices.Contains(sides, side) {
			continue
		}
		rows, _, err := since(ctx, tx, side.UserID, p.ID, p.Rev-1)
		if err != nil {
			return nil, err
		}
		if len(rows) <= PageSize {
			list = append(list, Change{
				Viewer: side.User, From: side.Version - 1, To: side.Version,
				Items: []Item{{Entry: turn.entry(last[side.UserID]), Messages: rows}},
			})
		}
	}
	return list, nil
}
