package chat

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// Conversation is the pair row of two people: it exists from the first contact attempt, counts
// their messages, and is the lock under which everything between the two is decided.
type Conversation struct {
	bun.BaseModel `bun:"table:conversations,alias:c"`

	ID        int64     `bun:",pk,autoincrement"`
	LowID     int64     // the smaller user id
	HighID    int64     // the larger
	Seq       int64     // of the last message, 0 if none
	Rev       int64     // of the last change to any message
	LastAt    time.Time `bun:",nullzero"` // CreatedAt of the last message
	ContactAt time.Time `bun:",nullzero"` // since when the two are contacts
	Timer     int64     // for how long messages stay that are sent from now on, in seconds; 0 is for ever
	TokensSeq int64     // up to this message a search finds all

	Last *Message `bun:"rel:has-one,join:id=conversation_id,join:seq=seq"`
}

type pairKey struct{ low, high int64 }

func keyOf(a, b int64) pairKey { return pairKey{min(a, b), max(a, b)} }

// conversationOf returns the id of the pair's conversation, 0 if there is none yet.
func (s *Store) conversationOf(ctx context.Context, a, b int64) (int64, error) {
	key := keyOf(a, b)
	if id, ok := s.pairs.Get(key); ok {
		return id, nil
	}
	var id int64
	err := s.db.Read().NewSelect().Model((*Conversation)(nil)).Column("id").
		Where("low_id = ?", key.low).Where("high_id = ?", key.high).Scan(ctx, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err == nil {
		s.pairs.Put(key, id)
	}
	return id, err
}

// ensurePair makes the pair row and both sides of two people, unless they exist. It may lose a race
// against itself: the rows exist afterwards in any case.
func (s *Store) ensurePair(ctx context.Context, a, b *account.User) error {
	if id, err := s.conversationOf(ctx, a.ID, b.ID); err != nil || id != 0 {
		return err
	}
	return s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return makePair(ctx, tx, keyOf(a.ID, b.ID)) })
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

// last returns the last message of a pair as each of the two sees it, by their ids.
func (p *pair) last(ctx context.Context, tx bun.Tx) (map[int64]*Message, error) {
	if p.Seq == 0 {
		return nil, nil
	}
	var rows []Message
	q := tx.NewSelect().Model(&rows).Join("JOIN memberships AS mb ON mb.conversation_id = m.conversation_id")
	err := withMarks(q, bun.Safe("mb.user_id")).Where("m.conversation_id = ?", p.ID).Where("m.seq = ?", p.Seq).Scan(ctx)
	last, at := map[int64]*Message{}, store.Now()
	for _, m := range pointers(rows) {
		m.settle(at)
		last[m.ViewerID] = m
	}
	return last, err
}

// dropAbandoned deletes those of the conversations whose people have both deleted their accounts: messages,
// files, and that the two ever met. They are locked: of two who leave at the same time one is the second.
func (s *Store) dropAbandoned(ctx context.Context, tx bun.Tx, among []int64) error {
	if len(among) == 0 {
		return nil
	}
	var ids []int64
	err := selectAbandoned(tx).Where("c.id IN (?)", bun.List(among)).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return err
	}
	blobs, err := attachment.DropOfConversations(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, rows := range []struct {
		model  any
		column string
	}{
		{(*messageTokens)(nil), "conversation_id"},
		{(*Version)(nil), "conversation_id"},
		{(*Reaction)(nil), "conversation_id"},
		{(*Mark)(nil), "conversation_id"},
		{(*read)(nil), "conversation_id"},
		{(*Message)(nil), "conversation_id"},
		{(*Membership)(nil), "conversation_id"},
		{(*Conversation)(nil), "id"},
	} {
		if _, err := tx.NewDelete().Model(rows.model).Where("? IN (?)", bun.Ident(rows.column), bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	return s.db.EnqueueBlobs(ctx, tx, blobs)
}

func selectAbandoned(tx bun.IDB) *bun.SelectQuery {
	return tx.NewSelect().Model((*Conversation)(nil)).Column("c.id").
		Join("JOIN users AS low ON low.id = c.low_id").Join("JOIN users AS high ON high.id = c.high_id").
		Where("low.deleted_at IS NOT NULL").Where("high.deleted_at IS NOT NULL").Order("c.id")
}

// sweepAbandoned finds what earlier releases left.
func (s *Store) sweepAbandoned(ctx context.Context, tx bun.Tx) error {
	var ids, free []int64
	if err := selectAbandoned(tx).Limit(1000).Scan(ctx, &ids); err != nil || len(ids) == 0 {
		return err
	}
	err := db.ForUpdateFree(tx.NewSelect().Model((*Conversation)(nil)).Column("id").Where("id IN (?)", bun.List(ids)).Order("id")).Scan(ctx, &free)
	if err != nil {
		return err
	}
	return s.dropAbandoned(ctx, tx, free)
}
