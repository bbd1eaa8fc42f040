package chat

import (
	"context"

	"dchat/db"

	"github.com/uptrace/bun"
)

// claimFiles takes the attachments along, each for one message only, and refuses messages whose files
// are not (any more) there for them.
func (b *batchWrite) claimFiles(ctx context.Context) error {
	var ids []string
	for _, d := range b.accepted {
		ids = append(ids, d.attachments...)
	}
	if len(ids) == 0 {
		return nil
	}
	owners := uniqueIDs(b.accepted, func(d *draft) []int64 { return []int64{d.sender.ID} })
	var rows []*Attachment
	err := db.ForUpdate(b.tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Where("owner_id IN (?)", bun.List(owners)).
		Where("seq = 0").Order("id")).Scan(ctx)
	if err != nil {
		return err
	}
	loose := make(map[string]*Attachment, len(rows))
	for _, a := range rows {
		loose[a.ID] = a
	}
	b.refuse(func(d *draft) error {
		files := make([]Attachment, len(d.attachments))
		for i, id := range d.attachments {
			a := loose[id]
			if a == nil || a.OwnerID != d.sender.ID {
				return invalid("attachment", "A file of this message is no longer there. Please attach it again.")
			}
			files[i] = *a
			files[i].Position = i
			delete(loose, id)
		}
		d.message.setFiles(files)
		return nil
	})
	return nil
}

// saveFiles writes down to which messages files belong now.
func (b *batchWrite) saveFiles(ctx context.Context, messages []*Message) error {
	var files []*Attachment
	for _, m := range messages {
		for i := range m.Attachments {
			files = append(files, &m.Attachments[i])
		}
	}
	if len(files) == 0 {
		return nil
	}
	_, err := b.tx.NewUpdate().With("new", b.tx.NewValues(&files).Column("id", "conversation_id", "seq", "position")).
		Model((*Attachment)(nil)).TableExpr("new").
		Set("conversation_id = new.conversation_id").Set("seq = new.seq").Set("position = new.position").Where("at.id = new.id").Exec(ctx)
	return err
}
