package chat

import (
	"context"
	"slices"

	"dchat/app/chat/commit"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// newBatch is a batch that waits for its locks.
func newBatch(tx bun.Tx, drafts []*draft) *batchWrite {
	return &batchWrite{tx: tx, at: store.Now(), drafts: slices.Clone(drafts), mode: commit.Mode{CheckKeys: true}}
}

// runTogether is run for drafts of which none is stored if one is refused.
func (b *batchWrite) runTogether(ctx context.Context, prepare func(context.Context, *batchWrite) error) error {
	if err := b.lockPairs(ctx); err != nil {
		return err
	}
	if err := b.resolveKeys(ctx); err != nil {
		return err
	}
	b.refuseNonContacts()
	for _, d := range b.drafts {
		if d.Err != nil {
			return d.Err
		}
	}
	if len(b.accepted) > 0 {
		if err := prepare(ctx, b); err != nil {
			return err
		}
	}
	if len(b.accepted) == 0 {
		return nil
	}
	if err := b.lockPeople(ctx); err != nil {
		return err
	}
	if b.afterLock != nil {
		if err := b.afterLock(ctx); err != nil {
			return err
		}
	}
	b.number()
	return b.save(ctx)
}

// writeTogether stores drafts in a transaction of their own, all of them or none. Once their pairs are locked, prepare
// completes those that are not there yet.
func (s *Store) writeTogether(ctx context.Context, drafts []*draft, prepare func(context.Context, *batchWrite) error) error {
	var b *batchWrite
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		b = newBatch(tx, drafts)
		return b.runTogether(ctx, prepare)
	})
	if err == nil {
		s.written(b)
	}
	return err
}

// written reports a batch that was committed.
func (s *Store) written(b *batchWrite) {
	if stored := len(b.accepted); stored > 0 && s.committed != nil {
		s.committed(stored)
	}
	if changes := b.changes(); len(changes) > 0 {
		s.changed(changes)
	}
	if list := b.arrivals(); len(list) > 0 && s.arrived != nil {
		s.arrived(list)
	}
}
