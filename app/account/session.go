package account

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"strings"
	"time"

	"dchat/app/errs"
	"dchat/app/store"
	"dchat/app/text"

	"github.com/uptrace/bun"
)

// How long a browser stays signed in: at most this long after it was last seen, and after the
// sign-in.
const (
	SessionIdle = 30 * 24 * time.Hour
	SessionLife = 180 * 24 * time.Hour
)

// Session is one signed-in browser. The cookie holds a random token of 256 bits, the row only
// its hash: reading the table is not enough to sign in.
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

// maxUserAgent is how much of a browser's description is kept, in bytes.
const maxUserAgent = 300

func newSession(userID int64, token, userAgent string) *Session {
	userAgent = text.HeadBytes(strings.ToValidUTF8(strings.ReplaceAll(userAgent, "\x00", ""), ""), maxUserAgent)
	at := store.Now()
	return &Session{UserID: userID, TokenHash: tokenHash(token), UserAgent: userAgent, CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(SessionLife)}
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// SessionByToken returns the session of a cookie, with its person.
func (s *Store) SessionByToken(ctx context.Context, token string) (*Session, error) {
	hash := tokenHash(token)
	if found, ok := s.sessions.Get(string(hash)); ok {
		return found, nil
	}
	session := &Session{}
	at := store.Now()
	err := unexpired(s.db.Read().NewSelect().Model(session), at).Relation("User").Where("s.token_hash = ?", hash).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.New(errs.NotFound, "You are signed out.")
	}
	if err != nil {
		return nil, err
	}
	if at.Sub(session.SeenAt) > time.Hour {
		if _, err := s.db.Writer().NewUpdate().Model(session).Set("seen_at = ?", at).WherePK().Exec(ctx); err != nil {
			return nil, err
		}
	}
	s.sessions.Put(string(hash), session)
	return session, nil
}

func unexpired(q *bun.SelectQuery, at time.Time) *bun.SelectQuery {
	return q.Where("s.expires_at > ?", at).Where("s.seen_at > ?", at.Add(-SessionIdle))
}

// CloseSession signs the browser out.
func (s *Store) CloseSession(ctx context.Context, session *Session) error {
	return s.RevokeSession(ctx, session.User, session.ID)
}

// Sessions are the browsers in which a person is signed in, the latest seen first.
func (s *Store) Sessions(ctx context.Context, user *User) ([]Session, error) {
	var list []Session
	err := unexpired(s.db.Read().NewSelect().Model(&list), store.Now()).Where("s.user_id = ?", user.ID).OrderExpr("s.seen_at DESC, s.id DESC").Scan(ctx)
	return list, err
}

// RevokeSession ends one of a person's own sessions.
func (s *Store) RevokeSession(ctx context.Context, user *User, id int64) error {
	return s.endSessions(ctx, user.ID, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("id = ?", id) })
}

// RevokeOtherSessions ends all of a person's sessions but this one.
func (s *Store) RevokeOtherSessions(ctx context.Context, session *Session) error {
	err := s.endSessions(ctx, session.UserID, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("id <> ?", session.ID) })
	if errs.CodeOf(err) == errs.NotFound { // there were no others
		return nil
	}
	return err
}

func (s *Store) endSessions(ctx context.Context, user int64, which func(*bun.DeleteQuery) *bun.DeleteQuery) error {
	_, err := s.Update(ctx, user, nil, func(ctx context.Context, tx bun.Tx, _ *User) error {
		done, err := which(tx.NewDelete().Model((*Session)(nil)).Where("user_id = ?", user)).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return errs.New(errs.NotFound, "This session has ended already.")
	})
	return err
}

// SessionsAlive returns which of the sessions have not ended.
func (s *Store) SessionsAlive(ctx context.Context, ids []int64) (map[int64]bool, error) {
	var alive []int64
	at := store.Now()
	err := unexpired(s.db.Read().NewSelect().Model((*Session)(nil)), at).Column("id").Where("s.id IN (?)", bun.List(ids)).Scan(ctx, &alive)
	set := make(map[int64]bool, len(alive))
	for _, id := range alive {
		set[id] = true
	}
	return set, err
}
