package chat

import (
	"context"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/secure/precis"
)

// normalised is a password as it is hashed, by the profile OpaqueString of RFC 8265: keyboards and systems
// differ in how they compose letters and which spaces they type. A password that does not fit the profile
// is itself.
func normalised(password string) (string, bool) {
	if len(password) > 4*maxPassword*4 {
		return password, true // too long, which is another fault
	}
	opaque, err := precis.OpaqueString.String(password)
	if err != nil {
		return password, false
	}
	return opaque, true
}

func (s *Store) hash(ctx context.Context, password string) (string, error) {
	password, _ = normalised(password)
	return hashed(ctx, s, func() (string, error) { return argon2id.CreateHash(password, hashParams) })
}

// matches takes as long for an empty hash as for any other.
func (s *Store) matches(ctx context.Context, password, hash string) (bool, error) {
	ok, _, err := s.compare(ctx, password, hash)
	return ok, err
}

// compare also reports whether the hash is of the password as it was typed: earlier releases did not
// normalise. Only a password that was typed in another form takes a second look, whoever it may be.
func (s *Store) compare(ctx context.Context, password, hash string) (ok, old bool, err error) {
	if len(password) > 4*maxPassword { // nobody's password, and not worth hashing
		password = ""
	}
	if hash == "" {
		hash = nobodysHash
	}
	opaque, _ := normalised(password)
	ok, err = s.matchesExactly(ctx, opaque, hash)
	if err != nil || opaque == password {
		return ok, false, err
	}
	asTyped, err := s.matchesExactly(ctx, password, hash)
	return ok || asTyped, asTyped, err
}

func (s *Store) matchesExactly(ctx context.Context, password, hash string) (bool, error) {
	s.checks.Add(1)
	return hashed(ctx, s, func() (bool, error) { return argon2id.ComparePasswordAndHash(password, hash) })
}

// hashed waits for its turn: hashing takes memory.
func hashed[R any](ctx context.Context, s *Store, work func() (R, error)) (result R, err error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
		return work()
	case <-ctx.Done():
		return result, ctx.Err()
	}
}

// rehash keeps the password of a person that has just been checked as it is hashed today. The links that were
// sent before are worthless then, as after any change of the hash.
func (s *Store) rehash(ctx context.Context, u *User, password string) error {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = s.write().NewUpdate().Model(u).Set("password_hash = ?", hash).WherePK().Where("password_hash = ?", u.PasswordHash).Exec(ctx)
	if err == nil {
		u.PasswordHash = hash
		s.forget(u.ID)
	}
	return err
}
