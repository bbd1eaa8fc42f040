package chat

import (
	"context"

	"dchat/app/account"
)

func (b *batchWrite) save(ctx context.Context) error {
	messages := make([]*Message, len(b.accepted))
	for i, d := range b.accepted {
		messages[i] = d.message
	}
	if _, err := b.tx.NewInsert().Model(&messages).Exec(ctx); err != nil {
		return err
	}
	if err := b.saveFiles(ctx, messages); err != nil {
		return err
	}
	if err := b.saveTokens(ctx); err != nil {
		return err
	}
	if err := b.savePairs(ctx); err != nil {
		return err
	}
	if err := insertReads(ctx, b.tx, b.reads); err != nil {
		return err
	}
	if err := b.saveVersions(ctx); err != nil {
		return err
	}
	return b.countGone(ctx)
}

// countGone counts what is gone for the two people of each message: what is announced says how many are unread.
func (b *batchWrite) countGone(ctx context.Context) error {
	sides := map[sideKey]*Membership{}
	for _, d := range b.accepted {
		for _, user := range []int64{d.sender.ID, d.other.ID} {
			sides[sideKey{d.Conversation, user}] = b.side(d.Conversation, user)
		}
	}
	return countGone(ctx, b.tx, values(sides)...)
}

// saveTokens makes a search find the messages.
func (b *batchWrite) saveTokens(ctx context.Context) error {
	rows := make([]*messageTokens, len(b.accepted))
	for i, d := range b.accepted {
		rows[i] = d.message.newTokens(d.indexed)
		b.pairs[d.Conversation].indexed(d.message.Seq)
	}
	return insertTokens(ctx, b.tx, rows)
}

func (b *batchWrite) savePairs(ctx context.Context) error {
	pairs, sides := map[int64]*Conversation{}, map[sideKey]*Membership{}
	for _, d := range b.accepted {
		pairs[d.Conversation] = b.pairs[d.Conversation]
		for _, user := range []int64{d.sender.ID, d.other.ID} {
			sides[sideKey{d.Conversation, user}] = b.side(d.Conversation, user)
		}
	}
	pairRows := values(pairs)
	_, err := b.tx.NewUpdate().With("new", b.tx.NewValues(&pairRows).Column("id", "seq", "rev", "last_at", "tokens_seq")).
		Model((*Conversation)(nil)).TableExpr("new").
		Set("seq = new.seq").Set("rev = new.rev").Set("last_at = new.last_at").Set("tokens_seq = new.tokens_seq").Where("c.id = new.id").Exec(ctx)
	if err != nil {
		return err
	}
	sideRows := values(sides)
	_, err = b.tx.NewUpdate().With("new", b.tx.NewValues(&sideRows).Column("conversation_id", "user_id", "last_read_seq", "delivered_seq", "own_after", "gone_seq", "version", "shown_at", "archived_at", "marked_unread")).
		Model((*Membership)(nil)).TableExpr("new").
		Set("last_read_seq = new.last_read_seq").Set("delivered_seq = new.delivered_seq").Set("own_after = new.own_after").Set("gone_seq = new.gone_seq").Set("version = new.version").Set("shown_at = new.shown_at").
		Set("archived_at = new.archived_at").Set("marked_unread = new.marked_unread").
		Where("mb.conversation_id = new.conversation_id").Where("mb.user_id = new.user_id").Exec(ctx)
	return err
}

func (b *batchWrite) saveVersions(ctx context.Context) error {
	var people []*account.Version
	for id, v := range b.versions {
		people = append(people, &account.Version{UserID: id, Version: v})
	}
	_, err := b.tx.NewUpdate().With("new", b.tx.NewValues(&people)).Model((*account.Version)(nil)).TableExpr("new").
		Set("version = new.version").Where("pv.user_id = new.user_id").Exec(ctx)
	return err
}
