package chat

import (
	"context"
	"slices"

	"dchat/app/account"
	"dchat/app/attachment"

	"github.com/uptrace/bun"
)

// DeleteAccount removes a person from DChat for good: name, address, picture, sessions, requests and
// contacts, and what they have hidden and saved. Messages, reactions and files stay with those they were sent to, under no
// name, until these have deleted their accounts, too. The username is never given again.
func (s *Store) DeleteAccount(ctx context.Context, user *account.User, password string) error {
	if err := s.accounts.CheckPassword(ctx, user, password); err != nil {
		return err
	}
	_, err := s.updateUserAndNotify(ctx, user.ID, endRelations, attachment.LockUnsent, func(ctx context.Context, tx bun.Tx, u *account.User) error {
		if u.PasswordHash != user.PasswordHash {
			return account.WrongPassword()
		}
		unsent, err := attachment.DropUnsent(ctx, tx, func(q *bun.DeleteQuery, owner string) *bun.DeleteQuery { return q.Where(owner+" = ?", u.ID) })
		if err != nil {
			return err
		}
		for _, own := range []any{(*Mark)(nil), (*read)(nil)} {
			if _, err := tx.NewDelete().Model(own).Where("user_id = ?", u.ID).Exec(ctx); err != nil {
				return err
			}
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
