package chat

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"dchat/app/address"

	"github.com/uptrace/bun"
)

// How long a browser stays signed in: at most this long after it was last seen, and after the
// sign-in.
const (
	SessionIdle = 30 * 24 * time.Hour
	SessionLife = 180 * 24 * time.Hour
)

// Session is one signed-in browser. The cookie holds a random token of 256 bits, the row only
// its hash: nobody who reads the table can sign in with it.
type Session struct {
	bun.BaseModel `bun:"table:sessions,alias:s"`

	ID        int64 `bun:",pk,autoincrement"`
	UserID    int64
	TokenHash []byte // SHA-256 of the token
	UserAgent string
	CreatedAt time.Time
	SeenAt    time.Time // moved forward at most once an hour
	ExpiresAt time.Time // absolute

	User *User `bun:"rel:belongs-to,join:user_id=id"`
}

// SignIn checks the password of a person named by e-mail address or username. Whether the name
// or the password was wrong is not told, nor can it be measured.
func (s *Store) SignIn(ctx context.Context, login, password string) (*User, error) {
	username, email := loginKeys(login)
	user := &User{}
	err := s.db.Read().NewSelect().Model(user).Where("username_key = ? OR email_key = ?", username, email).Where("deleted_at IS NULL").
		OrderExpr("verified_at IS NULL, id DESC").Limit(1).Scan(ctx) // whoever has confirmed the address, else who claimed it last
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if len(password) > 4*maxPassword { // nobody's password, and not worth hashing
		password = ""
	}
	ok, err := s.matches(ctx, password, user.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !ok || user.ID == 0 {
		return nil, invalid("", "This name and this password do not belong together.")
	}
	return user, nil
}

// loginKeys are what a person may have typed to sign in, each "" if it is nobody's.
func loginKeys(login string) (username, email string) {
	login, typed := clean(login)
	switch {
	case !typed || login == "":
		return "", ""
	case usernamePattern.MatchString(login):
		return strings.ToLower(login), ""
	}
	return "", address.Key(login)
}

// OpenSession signs a browser in and returns the token for its cookie.
func (s *Store) OpenSession(ctx context.Context, user *User, userAgent string) (token string, err error) {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw)
	_, err = s.alter(ctx, user.ID, func(ctx context.Context, tx bun.Tx, u *User) error {
		if s.Admits(u) {
			u.ConfirmBy = time.Time{} // has been here
		}
		_, err := tx.NewInsert().Model(newSession(user.ID, token, userAgent)).Exec(ctx)
		return err
	})
	return token, err
}

func newSession(userID int64, token, userAgent string) *Session {
	if userAgent = strings.ToValidUTF8(strings.ReplaceAll(userAgent, "\x00", ""), ""); len(userAgent) > 300 {
		userAgent = strings.ToValidUTF8(userAgent[:300], "")
	}
	at := now()
	return &Session{UserID: userID, TokenHash: tokenHash(token), UserAgent: userAgent, CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(SessionLife)}
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// SessionByToken returns the session a cookie stands for, with its person.
func (s *Store) SessionByToken(ctx context.Context, token string) (*Session, error) {
	hash := tokenHash(token)
	if found, ok := s.sessions.get(string(hash)); ok {
		return found, nil
	}
	session := &Session{}
	at := now()
	err := unexpired(s.db.Read().NewSelect().Model(session), at).Relation("User").Where("s.token_hash = ?", hash).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("You are signed out.")
	}
	if err != nil {
		return nil, err
	}
	if at.Sub(session.SeenAt) > time.Hour {
		if _, err := s.write().NewUpdate().Model(session).Set("seen_at = ?", at).WherePK().Exec(ctx); err != nil {
			return nil, err
		}
	}
	s.sessions.put(string(hash), session)
	return session, nil
}

func unexpired(q *bun.SelectQuery, at time.Time) *bun.SelectQuery {
	return q.Where("s.expires_at > ?", at).Where("s.seen_at > ?", at.Add(-SessionIdle))
}

// CloseSession signs the browser out.
func (s *Store) CloseSession(ctx context.Context, session *Session) error {
	return s.RevokeSession(ctx, session.User, session.ID)
}

// Sessions are the browsers in which somebody is signed in, the latest seen first.
func (s *Store) Sessions(ctx context.Context, user *User) ([]Session, error) {
	var list []Session
	err := unexpired(s.db.Read().NewSelect().Model(&list), now()).Where("s.user_id = ?", user.ID).OrderExpr("s.seen_at DESC, s.id DESC").Scan(ctx)
	return list, err
}

// RevokeSession ends one of somebody's own sessions.
func (s *Store) RevokeSession(ctx context.Context, user *User, id int64) error {
	return s.endSessions(ctx, user.ID, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("id = ?", id) })
}

// RevokeOtherSessions ends all of somebody's sessions but this one.
func (s *Store) RevokeOtherSessions(ctx context.Context, session *Session) error {
	err := s.endSessions(ctx, session.UserID, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("id <> ?", session.ID) })
	if CodeOf(err) == NotFound { // there were no others
		return nil
	}
	return err
}

func (s *Store) endSessions(ctx context.Context, user int64, which func(*bun.DeleteQuery) *bun.DeleteQuery) error {
	_, err := s.alter(ctx, user, func(ctx context.Context, tx bun.Tx, _ *User) error {
		done, err := which(tx.NewDelete().Model((*Session)(nil)).Where("user_id = ?", user)).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return notFound("This session has ended already.")
	})
	return err
}

// SessionsAlive returns which of the sessions still stand.
func (s *Store) SessionsAlive(ctx context.Context, ids []int64) (map[int64]bool, error) {
	var alive []int64
	at := now()
	err := unexpired(s.db.Read().NewSelect().Model((*Session)(nil)), at).Column("id").Where("s.id IN (?)", bun.List(ids)).Scan(ctx, &alive)
	set := make(map[int64]bool, len(alive))
	for _, id := range alive {
		set[id] = true
	}
	return set, err
}
