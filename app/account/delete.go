package account

import (
	"context"
	"slices"
	"time"

	"dchat/app/store"

	"github.com/uptrace/bun"
)

// deletedName is what others see in the place of a deleted account.
const deletedName = "Deleted account"

// Erase removes from a locked row all that is personal, with sessions, push subscriptions and exports, and enqueues the email that
// says so. The row stays: the username is never given again. It returns the files to remove.
func (s *Store) Erase(ctx context.Context, tx bun.Tx, u *User) ([]string, error) {
	if _, err := tx.NewDelete().Model((*Session)(nil)).Where("user_id = ?", u.ID).Exec(ctx); err != nil {
		return nil, err
	}
	blobs, err := dropExports(ctx, tx, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("user_id = ?", u.ID) })
	if err != nil {
		return nil, err
	}
	blobs = slices.Concat(blobs, PictureFiles(u.Picture))
	email := s.emailTo(u, EmailDeleted)
	u.DisplayName, u.NameKey, u.SearchKey, u.Email, u.EmailKey, u.NewEmail = deletedName, "", "", "", "", ""
	u.PasswordHash, u.Picture, u.Zone, u.DeletedAt = "", "", "", store.Now()
	u.ShowRead, u.ShowTyping, u.ShowOnline = false, false, false
	u.Notifications, u.DigestedAt = Notifications{}, time.Time{}
	if _, err := tx.NewUpdate().Model(u).Set("last_seen_at = NULL").WherePK().Exec(ctx); err != nil { // no column of User
		return nil, err
	}
	return blobs, s.db.Enqueue(ctx, tx, email...)
}

// Expired selects the ids of sign-ups that were not confirmed in time.
func Expired(tx bun.Tx) *bun.SelectQuery {
	return tx.NewSelect().Model((*User)(nil)).Column("id").Where("verified_at IS NULL").Where("confirm_by < ?", store.Now())
}

// RemoveSignups deletes the rows of sign-ups, whose versions are locked: their names are free again.
func (s *Store) RemoveSignups(ctx context.Context, tx bun.Tx, ids []int64) error {
	for _, model := range []any{(*Session)(nil), (*Export)(nil), (*Version)(nil)} {
		if _, err := tx.NewDelete().Model(model).Where("user_id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	_, err := tx.NewDelete().Model((*User)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	for _, id := range ids {
		s.Forget(id)
	}
	return err
}
