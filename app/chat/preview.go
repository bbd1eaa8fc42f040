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
	m := &Message{ConversationID: p.ID, Seq: seq}
	of, err := attachment.OfMessages(ctx, tx, []attachment.Place{m.place()})
	if err != nil {
		return nil, err
	}
	p.Rev++
	m.Rev = p.Rev
	m.setFiles(of[m.place()])
	if _, err := tx.NewUpdate().Model(m).Column("rev", "images").WherePK().Exec(ctx); err != nil {
		return nil, err
	}
	return p.publish(ctx, tx, []*Membership{p.mine, p.theirs})
}
