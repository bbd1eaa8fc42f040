package chat

import (
	"context"

	"dchat/app/account"
	"dchat/app/store"
)

// number gives every accepted message its place in its conversation, and both people a version.
func (b *batchWrite) number() {
	for _, d := range b.accepted {
		m, pair := d.message, b.pairs[d.Conversation]
		pair.Seq++
		pair.Rev++
		m.Seq, m.Rev, m.PrevAt, m.CreatedAt = pair.Seq, pair.Rev, pair.LastAt, b.at
		if ahead := pair.LastAt.Sub(b.at); ahead > 0 && ahead <= store.ClockSkew { // another node's clock is ahead
			m.CreatedAt = pair.LastAt
		}
		pair.LastAt = m.CreatedAt
		for _, user := range []int64{d.sender.ID, d.other.ID} {
			b.versions[user]++
			side := b.side(d.Conversation, user)
			side.Version, side.ShownAt = b.versions[user], m.CreatedAt
		}
		for i := range m.Attachments {
			m.Attachments[i].ConversationID, m.Attachments[i].Seq = m.ConversationID, m.Seq
		}
		b.side(d.Conversation, d.sender.ID).wrote(m.Seq, d.read)
	}
}

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
	if err := b.savePairs(ctx); err != nil {
		return err
	}
	return b.saveVersions(ctx)
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
	_, err := b.tx.NewUpdate().With("new", b.tx.NewValues(&pairRows).Column("id", "seq", "rev", "last_at")).
		Model((*Conversation)(nil)).TableExpr("new").
		Set("seq = new.seq").Set("rev = new.rev").Set("last_at = new.last_at").Where("c.id = new.id").Exec(ctx)
	if err != nil {
		return err
	}
	sideRows := values(sides)
	_, err = b.tx.NewUpdate().With("new", b.tx.NewValues(&sideRows).Column("conversation_id", "user_id", "last_read_seq", "own_after", "version", "shown_at")).
		Model((*Membership)(nil)).TableExpr("new").
		Set("last_read_seq = new.last_read_seq").Set("own_after = new.own_after").Set("version = new.version").Set("shown_at = new.shown_at").
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
