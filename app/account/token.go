package account

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"dchat/app/errs"
	"dchat/app/store"
)

// How long the links in emails work.
const (
	VerifyLife = 3 * 24 * time.Hour
	ResetLife  = time.Hour
	EmailLife  = 24 * time.Hour
)

// link is the purpose of the link of an email.
type link string

const (
	verifyLink link = "verify"
	resetLink  link = "reset"
	emailLink  link = "email"
	digestLink link = "digest"
)

const badLink = "This link has been used, or is too old. Please ask for a new one."

// A token is a version, the person's id and the end of its life, both in 8 bytes, and an HMAC-SHA256
// (RFC 2104) over these, what the link is for, and the link's terms, each with its length before it. It
// is written in base64url (RFC 4648).
const (
	tokenVersion = 1
	tokenHead    = 1 + 8 + 8
	tokenSize    = tokenHead + sha256.Size
)

// terms are what a link depends on: the address it was sent to, and something that using the link
// changes. When they change, links that were made before are worthless.
func (l link) terms(u *User) []string {
	switch l {
	case resetLink:
		return []string{u.EmailKey, u.PasswordHash}
	case emailLink:
		return []string{u.NewEmail, u.EmailKey, u.PasswordHash}
	}
	return []string{u.EmailKey}
}

func (l link) life() time.Duration {
	return map[link]time.Duration{verifyLink: VerifyLife, resetLink: ResetLife, emailLink: EmailLife, digestLink: DigestLife}[l]
}

// signer makes and checks the tokens of links.
type signer struct{ secret []byte }

// token makes the token of a link for a person.
func (s signer) token(l link, u *User) string {
	token := make([]byte, tokenHead, tokenSize)
	token[0] = tokenVersion
	binary.BigEndian.PutUint64(token[1:], uint64(u.ID))
	binary.BigEndian.PutUint64(token[9:], uint64(store.Now().Add(l.life()).Unix()))
	return base64.RawURLEncoding.EncodeToString(append(token, s.seal(l, token, u)...))
}

func (s signer) seal(l link, head []byte, u *User) []byte {
	key, err := hkdf.Key(sha256.New, s.secret, nil, "dchat link "+string(l), sha256.Size)
	if err != nil {
		panic(err) // only for lengths that HKDF cannot make
	}
	mac := hmac.New(sha256.New, key)
	for _, part := range append([]string{string(head)}, l.terms(u)...) {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}

// openLink returns the person a link is for, as they are now. A link that does not work any more is not found,
// whatever the reason.
func (s *Store) openLink(ctx context.Context, l link, token string) (*User, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != token || // one link, one spelling
		len(raw) != tokenSize || raw[0] != tokenVersion {
		return nil, errs.New(errs.NotFound, badLink)
	}
	head, seal := raw[:tokenHead], raw[tokenHead:]
	user := &User{}
	err = s.db.Read().NewSelect().Model(user).Where("id = ?", int64(binary.BigEndian.Uint64(head[1:]))).Where("deleted_at IS NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.New(errs.NotFound, badLink)
	}
	if err != nil {
		return nil, err
	}
	until := int64(binary.BigEndian.Uint64(head[9:]))
	if !hmac.Equal(seal, s.signer.seal(l, head, user)) || store.Now().Unix() > until {
		return nil, errs.New(errs.NotFound, badLink)
	}
	return user, nil
}
