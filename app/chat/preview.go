package chat

import (
	"context"
	"database/sql"
	"errors"

	"dchat/app/attachment"
	"dchat/db"

	"github.com/uptrace/bun"
)

// PreviewMade says that an image can be shown now, or that it cannot be (it is a file like any other
// then), on every page that has it.
func (s *Store) PreviewMade(ctx context.Context, id string, made bool) error {
	var changes []Change
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		a := &attachment.Attachment{}
		err := tx.NewSelect().Model(a).Where("id = ?", id).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		var p *pair
		if a.Seq > 0 {
			if p, err = lockConversation(ctx, tx, a.ConversationID); err != nil {
				return err
			}
		}
		// Under the lock: a message may be taking it along just now.
		if err := db.ForUpdate(tx.NewSelect().Model(a).WherePK()).Scan(ctx); err != nil {
			return err
		}
		if a.Seq > 0 && p == nil {
			return errors.New("the image was sent meanwhile") // the job comes back
		}
		a.Preview = attachment.NoPreview
		if made {
			a.Preview = attachment.PreviewReady
		}
		if _, err := tx.NewUpdate().Model(a).Column("preview").WherePK().Exec(ctx); err != nil || p == nil {
			return err
		}
		changes, err = p.touchMessage(ctx, tx, a.Seq)
		return err
	})
	if err == nil && len(changes) > 0 {
		s.changed(changes)
	}
	return err
}

// touchMessage gives a message whose files have changed the next revision, and both people a version.
func (p *pair) touchMessage(ctx context.Context, tx bun.Tx, seq int64) ([]Change, error) {
	rows := make([]Message, 1)
	if err := tx.NewSelect().Model(&rows[0]).Where("conversation_id = ?", p.ID).Where("seq = ?", seq).Scan(ctx); err != nil {
		return nil, err
	}
	if err := withAttachments(ctx, tx, rows); err != nil {
		return nil, err
	}
	m := &rows[0]
	p.Rev++
	m.Rev = p.Rev
	m.setFiles(m.Attachments)
	if _, err := tx.NewUpdate().Model(m).Column("rev", "images").WherePK().Exec(ctx); err != nil {
		return nil, err
	}
	if err := raise(ctx, tx, []*Membership{p.mine, p.theirs}); err != nil {
		return nil, err
	}
	if err := p.save(ctx, tx); err != nil {
		return nil, err
	}
	last, err := lastMessage(ctx, tx, p.Conversation)
	if err != nil {
		return nil, err
	}
	var list []Change
	for _, turn := range []*pair{p, p.reversed()} {
		side := turn.mine
		list = append(list, Change{
			Viewer: side.User, From: side.Version - 1, To: side.Version,
			Items: []Item{{Entry: turn.entry(last), Messages: rows}},
		})
	}
	return list, nil
}
