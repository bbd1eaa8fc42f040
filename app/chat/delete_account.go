package chat

import (
	"context"
	"slices"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/db"

	"github.com/uptrace/bun"
)

// DeleteAccount removes a person from DChat for good: name, address, picture, sessions, requests and
// contacts. Messages and files stay with those they were sent to, under no name, until these have deleted
// their accounts, too. The username is never given again.
func (s *Store) DeleteAccount(ctx context.Context, user *User, password string) error {
	if err := s.accounts.CheckPassword(ctx, user, password); err != nil {
		return err
	}
	_, err := s.updateUserAndNotify(ctx, user.ID, endRelations, attachment.LockUnsent, func(ctx context.Context, tx bun.Tx, u *User) error {
		if u.PasswordHash != user.PasswordHash {
			return account.WrongPassword()
		}
		unsent, err := attachment.DropUnsent(ctx, tx, func(q *bun.DeleteQuery, owner string) *bun.DeleteQuery { return q.Where(owner+" = ?", u.ID) })
		if err != nil {
			return err
		}
		blobs, err := s.accounts.Erase(ctx, tx, u)
		if err != nil {
			return err
		}
		return s.db.EnqueueBlobs(ctx, tx, slices.Concat(blobs, unsent))
	})
	return err
}

// endRelations ends contacts and requests between a person and all others, and returns whose pages show it.
func endRelations(ctx context.Context, tx bun.Tx, pairs []*pair) ([]int64, error) {
	var audience, all []int64
	for _, p := range pairs {
		all = append(all, p.ID)
		if p.theirs.Version > 0 { // also people who were blocked: this tells nothing about the two
			audience = append(audience, p.theirs.UserID)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	if _, err := tx.NewUpdate().Model((*Conversation)(nil)).Set("contact_at = NULL").Where("id IN (?)", bun.List(all)).Exec(ctx); err != nil {
		return nil, err
	}
	_, err := tx.NewUpdate().Model((*Membership)(nil)).Set("asked_at = NULL").Set("ask_hidden = ?", false).
		Where("conversation_id IN (?)", bun.List(all)).Exec(ctx)
	return audience, err
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
	}{{(*Message)(nil), "conversation_id"}, {(*Membership)(nil), "conversation_id"}, {(*Conversation)(nil), "id"}} {
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
