package chat

import (
	"context"
	"slices"

	"dchat/app/account"
	"dchat/db"

	"github.com/uptrace/bun"
)

func (b *batchWrite) lockPairs(ctx context.Context) error {
	ids := uniqueIDs(b.drafts, func(d *draft) []int64 { return []int64{d.Conversation} })
	var pairs []*Conversation
	if err := b.forUpdate(b.tx.NewSelect().Model(&pairs).Where("id IN (?)", bun.List(ids)).Order("id")).Scan(ctx); err != nil {
		return err
	}
	b.pairs = make(map[int64]*Conversation, len(pairs))
	for _, p := range pairs {
		b.pairs[p.ID] = p
	}
	// Read after the lock is held: what a join with the locking statement shows may be older.
	var sides []*Membership
	if err := b.tx.NewSelect().Model(&sides).Relation("User", account.PublicColumns).Where("mb.conversation_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return err
	}
	b.sides = make(map[sideKey]*Membership, len(sides))
	for _, m := range sides {
		b.sides[sideKey{m.ConversationID, m.UserID}] = m
	}
	// A pair that is there, for it has sides, and was not found is locked.
	b.setAside(func(d *draft) bool {
		return b.mode.Free && b.pairs[d.Conversation] == nil && b.side(d.Conversation, d.sender.ID) != nil
	})
	return nil
}

func (b *batchWrite) forUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if b.mode.Free {
		return db.ForUpdateFree(q)
	}
	return db.ForUpdate(q)
}

// setAside takes the conversations of some drafts out of the batch: whole, so that nothing overtakes.
func (b *batchWrite) setAside(locked func(*draft) bool) {
	aside := map[int64]bool{}
	for _, d := range b.drafts {
		if locked(d) {
			aside[d.Conversation] = true
		}
	}
	if len(aside) == 0 {
		return
	}
	out := func(d *draft) bool { return aside[d.Conversation] }
	for _, d := range b.drafts {
		if out(d) {
			d.message, d.Err = nil, nil
			b.aside = append(b.aside, d)
		}
	}
	b.drafts = slices.DeleteFunc(b.drafts, out)
	b.accepted = slices.DeleteFunc(b.accepted, out)
}

func (b *batchWrite) lockPeople(ctx context.Context) (err error) {
	ids := uniqueIDs(b.accepted, func(d *draft) []int64 { return []int64{d.sender.ID, d.other.ID} })
	if b.versions, err = account.SelectVersions(ctx, b.forUpdate(b.tx.NewSelect()), ids); err != nil {
		return err
	}
	b.setAside(func(d *draft) bool {
		_, sender := b.versions[d.sender.ID]
		_, other := b.versions[d.other.ID]
		return b.mode.Free && (!sender || !other)
	})
	b.before = make(map[int64]int64, len(b.versions))
	for id, v := range b.versions {
		b.before[id] = v
	}
	return nil
}
