package chat

import (
	"context"
	"maps"
	"slices"

	"dchat/app/account"
	"dchat/app/guard"
	"dchat/db"

	"github.com/uptrace/bun"
)

// deliverAtOnce is how many pairs share a transaction: sends wait for it.
const deliverAtOnce = 50

// deliver moves the sides of people to the messages that their pages have, and raises the versions of those who see it.
// What is locked is tried again a second later.
func (s *Store) deliver(ctx context.Context, spans map[int64]span) {
	_ = guard.Once(s.log, "writing what was delivered", func() {
		for people := range slices.Chunk(slices.Sorted(maps.Keys(spans)), deliverAtOnce) {
			sides, err := s.undelivered(ctx, people, spans)
			for some := range slices.Chunk(sides, deliverAtOnce) {
				if err == nil {
					err = s.deliverSome(ctx, some, spans)
				}
			}
			if err != nil {
				s.retryDelivery(people, spans, err)
			}
		}
	})
}

func (s *Store) retryDelivery(people []int64, spans map[int64]span, err error) {
	if !db.IsBusy(err) && !db.IsOutage(err) {
		s.log.Error("what was delivered could not be written", "error", err)
		return
	}
	for _, user := range people {
		s.delivery.add(user, spans[user])
	}
}

// undelivered returns the sides whose people have more of the conversation than is written.
func (s *Store) undelivered(ctx context.Context, people []int64, spans map[int64]span) (sides []Membership, err error) {
	rows := make([]*Membership, len(people))
	for i, user := range people {
		rows[i] = &Membership{UserID: user, LastReadSeq: spans[user].after, Version: spans[user].upTo}
	}
	read := s.db.Read()
	err = read.NewSelect().With("acked", read.NewValues(&rows).Column("user_id", "last_read_seq", "version")).Model(&sides).
		Column("mb.conversation_id", "mb.user_id").Join("JOIN acked ON acked.user_id = mb.user_id").
		Join("JOIN conversations AS c ON c.id = mb.conversation_id").Where("c.seq > mb.delivered_seq").
		Where("mb.version > acked.last_read_seq").Where("mb.version <= acked.version").Order("mb.conversation_id", "mb.user_id").Scan(ctx)
	return sides, err
}

func (s *Store) deliverSome(ctx context.Context, sides []Membership, spans map[int64]span) error {
	var changes []Change
	err := s.db.TransactOnce(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		changes, err = s.deliverIn(ctx, tx, sides, spans)
		return err
	})
	if err == nil && len(changes) > 0 {
		s.changed(changes)
	}
	return err
}

// deliverIn takes the locks of pairs, and then of the people who see that something was delivered to the other.
func (s *Store) deliverIn(ctx context.Context, tx bun.Tx, of []Membership, spans map[int64]span) ([]Change, error) {
	pairs, err := lockFreePairs(ctx, tx, of)
	if err != nil {
		return nil, err
	}
	var moved, seeing []*Membership
	var items []Item
	for _, side := range of {
		p := pairs[side.ConversationID]
		if p == nil { // locked
			s.delivery.add(side.UserID, spans[side.UserID])
			continue
		}
		theirs, shown := p.deliver(side.UserID, spans[side.UserID])
		moved = append(moved, theirs.theirs)
		if shown {
			seeing = append(seeing, theirs.mine)
			items = append(items, Item{Entry: theirs.entry(nil), NewReceipts: true, Same: true})
		}
	}
	if err := raise(ctx, tx, seeing); err != nil {
		return nil, err
	}
	return deliveredChanges(seeing, items), saveDelivered(ctx, tx, slices.Concat(moved, seeing))
}

// deliver moves the side of one of the two to the last message, unless something has come since that their pages will
// acknowledge, too. It returns the pair as the other sees it, and whether they see a difference.
func (p *pair) deliver(user int64, s span) (theirs *pair, shown bool) {
	if theirs = p; theirs.mine.UserID == user {
		theirs = p.reversed()
	}
	if theirs.theirs.Version > s.upTo {
		return theirs, false
	}
	was := theirs.copy()
	theirs.theirs.received(p.Seq)
	return theirs, theirs.receipts(was)
}

// deliveredChanges has one change for each person.
func deliveredChanges(sides []*Membership, items []Item) (list []Change) {
	at := map[int64]int{}
	for i, side := range sides {
		n, known := at[side.UserID]
		if !known {
			n = len(list)
			at[side.UserID] = n
			list = append(list, Change{Viewer: side.User, From: side.Version - 1, To: side.Version})
		}
		items[i].Entry.Stamp = side.Version
		list[n].Items = append(list[n].Items, items[i])
	}
	return list
}

// lockFreePairs locks the pairs of sides that others have not locked, by their conversations.
func lockFreePairs(ctx context.Context, tx bun.Tx, of []Membership) (map[int64]*pair, error) {
	ids := make([]int64, len(of))
	for i := range of {
		ids[i] = of[i].ConversationID
	}
	var rows []*Conversation
	if err := db.ForUpdateFree(tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Order("id")).Scan(ctx); err != nil {
		return nil, err
	}
	var sides []*Membership
	err := tx.NewSelect().Model(&sides).Relation("User", account.PublicColumns).Where("mb.conversation_id IN (?)", bun.List(ids)).Scan(ctx)
	pairs := map[int64]*pair{}
	for _, c := range rows {
		pairs[c.ID] = &pair{Conversation: c}
	}
	for _, side := range sides {
		switch p := pairs[side.ConversationID]; {
		case p == nil:
		case p.mine == nil:
			p.mine = side
		default:
			p.theirs = side
		}
	}
	return pairs, err
}

func saveDelivered(ctx context.Context, tx bun.Tx, sides []*Membership) error {
	if len(sides) == 0 {
		return nil
	}
	var once []*Membership // both sides of a pair may have received and see that
	for _, side := range sides {
		if !slices.Contains(once, side) {
			once = append(once, side)
		}
	}
	_, err := tx.NewUpdate().With("new", tx.NewValues(&once).Column("conversation_id", "user_id", "delivered_seq", "version")).
		Model((*Membership)(nil)).TableExpr("new").Set("delivered_seq = new.delivered_seq").Set("version = new.version").
		Where("mb.conversation_id = new.conversation_id").Where("mb.user_id = new.user_id").Exec(ctx)
	return err
}
