package chat

import (
	"context"
	"slices"

	"dchat/app/attachment"
	"dchat/app/errs"

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
	var rows []*attachment.Attachment
	which := func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id IN (?)", bun.List(ids)).Where("owner_id IN (?)", bun.List(owners)).Where("seq = 0").Order("id")
	}
	if err := which(b.forUpdate(b.tx.NewSelect().Model(&rows))).Scan(ctx); err != nil {
		return err
	}
	if err := b.awaitFiles(ctx, which, rows); err != nil {
		return err
	}
	loose := make(map[string]*attachment.Attachment, len(rows))
	for _, a := range rows {
		loose[a.ID] = a
	}
	b.refuse(func(d *draft) error {
		files := make([]attachment.Attachment, len(d.attachments))
		for i, id := range d.attachments {
			a := loose[id]
			if a == nil || a.OwnerID != d.sender.ID {
				return errs.Field("attachment", "A file of this message is no longer there. Please attach it again.")
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

// awaitFiles sets messages aside whose files are there and locked.
func (b *batchWrite) awaitFiles(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery, got []*attachment.Attachment) error {
	if !b.mode.Free {
		return nil
	}
	var there []string
	if err := which(b.tx.NewSelect().Model((*attachment.Attachment)(nil)).Column("id")).Scan(ctx, &there); err != nil {
		return err
	}
	locked := slices.DeleteFunc(there, func(id string) bool {
		return slices.ContainsFunc(got, func(a *attachment.Attachment) bool { return a.ID == id })
	})
	b.setAside(func(d *draft) bool {
		return slices.ContainsFunc(d.attachments, func(id string) bool { return slices.Contains(locked, id) })
	})
	return nil
}

// saveFiles writes down to which messages files belong now.
func (b *batchWrite) saveFiles(ctx context.Context, messages []*Message) error {
	var files []*attachment.Attachment
	for _, m := range messages {
		for i := range m.Attachments {
			files = append(files, &m.Attachments[i])
		}
	}
	if len(files) == 0 {
		return nil
	}
	_, err := b.tx.NewUpdate().With("new", b.tx.NewValues(&files).Column("id", "conversation_id", "seq", "position")).
		Model((*attachment.Attachment)(nil)).TableExpr("new").
		Set("conversation_id = new.conversation_id").Set("seq = new.seq").Set("position = new.position").Where("at.id = new.id").Exec(ctx)
	return err
}
