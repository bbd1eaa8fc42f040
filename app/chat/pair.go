package chat

import (
	"context"
	"database/sql"
	"errors"

	"dchat/db"

	"github.com/uptrace/bun"
)

type pairKey struct{ low, high int64 }

func keyOf(a, b int64) pairKey { return pairKey{min(a, b), max(a, b)} }

// pair is the locked pair row with both sides, as a rule sees it and changes it.
type pair struct {
	*Conversation
	mine, theirs *Membership

	// then is what a rule still wants to know once both people are locked, nil if nothing.
	then func(context.Context, bun.Tx) error
}

// blocked reports whether one of the two has blocked the other.
func (p *pair) blocked() bool { return !p.mine.BlockedAt.IsZero() || !p.theirs.BlockedAt.IsZero() }

// standings as the two may know them.
func (p *pair) standings() (mine, theirs Standing) { return p.standing(), p.reversed().standing() }

// settle locks the pair of two people, lets rule decide and change, and raises the versions of
// those whose pages show something else now. Locks are taken in the order that all of chat keeps:
// pair rows, then people, each ascending.
func (s *Store) settle(ctx context.Context, me, other *User, rule func(*pair) error) (Entry, error) {
	mine := Entry{Other: other, Standing: Stranger}
	var changes []Change
	err := s.transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err := lockPair(ctx, tx, me.ID, other.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return rule(&pair{Conversation: &Conversation{}, mine: &Membership{User: me}, theirs: &Membership{User: other}}) // strangers: nothing to change
		}
		if err != nil {
			return err
		}
		was := p.copy()
		if err := rule(p); err != nil {
			return err
		}
		if err := raise(ctx, tx, p.differing(was)); err != nil {
			return err
		}
		if p.then != nil {
			if err := p.then(ctx, tx); err != nil {
				return err
			}
		}
		if err := p.save(ctx, tx); err != nil {
			return err
		}
		mine, changes, err = p.changes(ctx, tx, was)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	if len(changes) > 0 {
		s.changed(changes)
	}
	return mine, nil
}

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
		if turn.now.standing() != turn.was.standing() || shows(turn.was.mine, turn.now.mine) {
			sides = append(sides, turn.now.mine)
		}
	}
	return sides
}

// changes says what the two see now: mine is the first one's entry.
func (p *pair) changes(ctx context.Context, tx bun.Tx, was *pair) (mine Entry, list []Change, err error) {
	last, err := lastMessage(ctx, tx, p.Conversation)
	if err != nil {
		return mine, nil, err
	}
	requests, err := pendingRequests(ctx, tx, []int64{p.mine.UserID, p.theirs.UserID})
	if err != nil {
		return mine, nil, err
	}
	mine = p.entry(last)
	mine.Version = p.mine.Version
	for _, turn := range []struct{ now, was *pair }{{p, was}, {p.reversed(), was.reversed()}} {
		side := turn.now.mine
		if side.Version == turn.was.mine.Version {
			continue
		}
		waiting, turned := requests[side.UserID], turn.now.standing() != turn.was.standing()
		list = append(list, Change{
			Viewer: side.User, From: side.Version - 1, To: side.Version, Requests: &waiting,
			Items: []Item{{Entry: turn.now.entry(last), Standing: turned, Profile: turned}}, // the name may have changed while nothing was told
		})
	}
	return mine, list, nil
}

// standing as the first of the two may know it.
func (p *pair) standing() Standing { return standing(p.Conversation, p.mine, p.theirs) }

// entry is what the first of the two sees.
func (p *pair) entry(last *Message) Entry {
	if p.mine.Version == 0 {
		return Entry{Other: p.theirs.User, Standing: Stranger} // as selectEntries has it
	}
	return newEntry(p.Conversation, p.mine, p.theirs, p.theirs.User, last)
}

// shows reports whether pages show the side differently, its standing aside.
func shows(was, is *Membership) bool {
	return was.LastReadSeq != is.LastReadSeq || !was.ShownAt.Equal(is.ShownAt)
}

func lockPair(ctx context.Context, tx bun.Tx, me, other int64) (*pair, error) {
	key := keyOf(me, other)
	c := &Conversation{}
	err := db.ForUpdate(tx.NewSelect().Model(c).Where("low_id = ?", key.low).Where("high_id = ?", key.high)).Scan(ctx)
	if err != nil {
		return nil, err
	}
	var sides []*Membership
	if err := tx.NewSelect().Model(&sides).Relation("User", publicColumns).Where("mb.conversation_id = ?", c.ID).Scan(ctx); err != nil {
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

// meet makes the pair row and both sides of people who never had to do with each other. It may lose
// a race against itself: the rows stand afterwards, whoever made them.
func (s *Store) meet(ctx context.Context, a, b *User) error {
	if id, err := s.conversationOf(ctx, a.ID, b.ID); err != nil || id != 0 {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx bun.Tx) error { return makePair(ctx, tx, keyOf(a.ID, b.ID)) })
}

func makePair(ctx context.Context, tx bun.Tx, key pairKey) error {
	c := &Conversation{LowID: key.low, HighID: key.high}
	_, err := tx.NewInsert().Model(c).On("CONFLICT (low_id, high_id) DO NOTHING").Returning("id").Exec(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if c.ID == 0 {
		return nil
	}
	sides := []Membership{
		{ConversationID: c.ID, UserID: key.low, OtherID: key.high},
		{ConversationID: c.ID, UserID: key.high, OtherID: key.low},
	}
	_, err = tx.NewInsert().Model(&sides).Exec(ctx)
	return err
}

func (p *pair) save(ctx context.Context, tx bun.Tx) error {
	if _, err := tx.NewUpdate().Model(p.Conversation).WherePK().Exec(ctx); err != nil {
		return err
	}
	for _, side := range []*Membership{p.mine, p.theirs} {
		if _, err := tx.NewUpdate().Model(side).WherePK().Exec(ctx); err != nil {
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
	versions, err := lockVersions(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, side := range sides {
		side.Version = versions[side.UserID] + 1
	}
	return raiseVersions(ctx, tx, ids)
}

// raiseVersions is called under the lock of the versions.
func raiseVersions(ctx context.Context, tx bun.Tx, ids []int64) error {
	_, err := tx.NewUpdate().Model((*personVersion)(nil)).Set("version = version + 1").Where("user_id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

// lockVersions locks people in ascending order and returns their versions.
func lockVersions(ctx context.Context, tx bun.Tx, ids []int64) (map[int64]int64, error) {
	return selectVersions(ctx, db.ForUpdate(tx.NewSelect()), ids)
}

func selectVersions(ctx context.Context, q *bun.SelectQuery, ids []int64) (map[int64]int64, error) {
	var rows []personVersion
	err := q.Model(&rows).Where("user_id IN (?)", bun.List(ids)).Order("user_id").Scan(ctx)
	versions := make(map[int64]int64, len(rows))
	for _, row := range rows {
		versions[row.UserID] = row.Version
	}
	return versions, err
}

func lastMessage(ctx context.Context, tx bun.Tx, c *Conversation) (*Message, error) {
	if c.Seq == 0 {
		return nil, nil
	}
	last := &Message{}
	err := tx.NewSelect().Model(last).Where("conversation_id = ?", c.ID).Where("seq = ?", c.Seq).Scan(ctx)
	return last, err
}

// conversationOf returns the id of the pair's conversation, 0 if there is none yet.
func (s *Store) conversationOf(ctx context.Context, a, b int64) (int64, error) {
	key := keyOf(a, b)
	if id, ok := s.pairs.get(key); ok {
		return id, nil
	}
	var id int64
	err := s.db.Read().NewSelect().Model((*Conversation)(nil)).Column("id").
		Where("low_id = ?", key.low).Where("high_id = ?", key.high).Scan(ctx, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err == nil {
		s.pairs.put(key, id)
	}
	return id, err
}
