package account

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// DigestLife is how long the link works that switches the digest off.
const DigestLife = 400 * 24 * time.Hour

// DigestToken is that of the link that switches a person's digest off.
func (s *Store) DigestToken(u *User) string { return s.signer.token(digestLink, u) }

// DigestOf returns the person whose digest a link switches off.
func (s *Store) DigestOf(ctx context.Context, token string) (*User, error) {
	return s.openLink(ctx, digestLink, token)
}

// StopDigest switches a person's digest off. The link works again and again: mail programs may repeat the request.
func (s *Store) StopDigest(ctx context.Context, token string) error {
	user, err := s.DigestOf(ctx, token)
	if err != nil || user.DigestHours == 0 {
		return err
	}
	_, err = s.Update(ctx, user.ID, nil, func(_ context.Context, _ bun.Tx, u *User) error {
		u.DigestHours = 0
		return nil
	})
	return err
}

// Digested notes that a person was told of all messages up to a time.
func (s *Store) Digested(ctx context.Context, id int64, at time.Time) error {
	_, err := s.db.Writer().NewUpdate().Model((*User)(nil)).Set("digested_at = ?", at).Where("id = ?", id).Where("deleted_at IS NULL").Exec(ctx)
	s.users.Drop(id)
	return err
}
