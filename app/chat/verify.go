package chat

import (
	"context"

	"dchat/db"

	"github.com/uptrace/bun"
)

// Admits reports whether a person may use DChat. Where addresses have to be confirmed, somebody who has
// not done so may ask for another letter, correct their address, sign out and delete their account, and
// nothing else; for others they are not there.
func (s *Store) Admits(u *User) bool { return !s.verifyEmail || !u.VerifiedAt.IsZero() }

// MustVerify reports whether addresses have to be confirmed.
func (s *Store) MustVerify() bool { return s.verifyEmail }

// ResendVerification sends the link that confirms an address once more; to the new one, if somebody has
// corrected it.
func (s *Store) ResendVerification(ctx context.Context, user *User) error {
	if !user.VerifiedAt.IsZero() {
		return refused("Your address is confirmed already.")
	}
	job := LetterJob{Letter: LetterVerify, UserID: user.ID, To: user.Email}
	if user.NewEmail != "" {
		job.Letter, job.To = LetterEmailConfirm, user.NewEmail
	}
	return s.transact(ctx, func(ctx context.Context, tx bun.Tx) error { return s.enqueue(ctx, tx, job) })
}

// ResendVerificationTo does the same for somebody who has just signed up and has no session yet. Whether
// there is anybody to whom to send it is found out when the letter is written.
func (s *Store) ResendVerificationTo(ctx context.Context, email string) error {
	key, err := knownKey(email)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		return s.enqueue(ctx, tx, LetterJob{Letter: LetterVerify, To: key})
	})
}

// VerificationOf returns whose address a link confirms.
func (s *Store) VerificationOf(ctx context.Context, token string) (*User, error) {
	user, err := s.opened(ctx, verifyLink, token)
	if err == nil && !user.VerifiedAt.IsZero() {
		return nil, notFound("This address is confirmed already. You can simply sign in.")
	}
	return user, err
}

const takenAddress = "Another account has confirmed this address. Please sign in to that one."

// Verify confirms an address, once.
func (s *Store) Verify(ctx context.Context, token string) (*User, error) {
	user, err := s.VerificationOf(ctx, token)
	if err != nil {
		return nil, err
	}
	user, err = s.alter(ctx, user.ID, func(_ context.Context, _ bun.Tx, u *User) error {
		if !u.VerifiedAt.IsZero() || u.EmailKey != user.EmailKey {
			return notFound(badLink) // somebody was faster
		}
		u.VerifiedAt = now()
		return nil
	})
	if db.IsConflict(err) {
		return nil, refused(takenAddress)
	}
	return user, err
}
