package account

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"time"

	"dchat/app/store"

	"github.com/uptrace/bun"
)

// Subscription is where one browser is told of messages while no page is open (RFC 8030). It ends with the session of
// the browser: the database deletes it then.
type Subscription struct {
	bun.BaseModel `bun:"table:push_subscriptions,alias:ps"`

	SessionID int64 `bun:",pk"`
	UserID    int64
	Endpoint  string
	P256dh    string // the browser's public key, base64url
	Auth      string // its secret, base64url
	CreatedAt time.Time

	Session *Session `bun:"rel:belongs-to,join:session_id=id"`
	User    *User    `bun:"rel:belongs-to,join:user_id=id"`
}

// Subscribe stores the subscription of a session's browser in the place of an earlier one. If another session has the
// same subscription, the browser has been signed in as another person: that session has it no longer.
func (s *Store) Subscribe(ctx context.Context, session *Session, endpoint, p256dh, auth string) error {
	sub := &Subscription{SessionID: session.ID, UserID: session.UserID, Endpoint: endpoint, P256dh: p256dh, Auth: auth, CreatedAt: store.Now()}
	return s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*Subscription)(nil)).Where("endpoint = ?", endpoint).Where("p256dh = ?", p256dh).
			Where("auth = ?", auth).Where("session_id <> ?", session.ID).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(sub).On("CONFLICT (session_id) DO UPDATE").Set("endpoint = EXCLUDED.endpoint").
			Set("p256dh = EXCLUDED.p256dh").Set("auth = EXCLUDED.auth").Set("created_at = EXCLUDED.created_at").Exec(ctx)
		return err
	})
}

// Unsubscribe deletes the subscription of a session's browser, if there is one.
func (s *Store) Unsubscribe(ctx context.Context, session int64) error {
	_, err := s.db.Writer().NewDelete().Model((*Subscription)(nil)).Where("session_id = ?", session).Exec(ctx)
	return err
}

// DropSubscription deletes a subscription that its push service does not know any more, unless it was replaced meanwhile.
func (s *Store) DropSubscription(ctx context.Context, sub *Subscription) error {
	_, err := s.db.Writer().NewDelete().Model((*Subscription)(nil)).Where("session_id = ?", sub.SessionID).Where("endpoint = ?", sub.Endpoint).Exec(ctx)
	return err
}

// Subscribed reports whether a session's browser has a subscription.
func (s *Store) Subscribed(ctx context.Context, session int64) (bool, error) {
	return s.db.Read().NewSelect().Model((*Subscription)(nil)).Where("session_id = ?", session).Exists(ctx)
}

// Subscription returns the subscription of a session that has not ended, with its person; nil if there is none.
func (s *Store) Subscription(ctx context.Context, session int64) (*Subscription, error) {
	sub := &Subscription{}
	err := s.db.Read().NewSelect().Model(sub).Relation("Session").Relation("User").Where("ps.session_id = ?", session).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	at := store.Now()
	if err == nil && (at.After(sub.Session.ExpiresAt) || at.Sub(sub.Session.SeenAt) > SessionIdle) {
		return nil, nil
	}
	return sub, err
}

// PushServices returns the hosts through which a person's browsers are notified, by the id of their session.
func (s *Store) PushServices(ctx context.Context, user *User) (map[int64]string, error) {
	var rows []Subscription
	err := s.db.Read().NewSelect().Model(&rows).Where("user_id = ?", user.ID).Scan(ctx)
	hosts := map[int64]string{}
	for _, row := range rows {
		if u, err := url.Parse(row.Endpoint); err == nil {
			hosts[row.SessionID] = u.Hostname()
		}
	}
	return hosts, err
}

// SubscribedSessions returns the sessions of people that have subscriptions.
func (s *Store) SubscribedSessions(ctx context.Context, people []int64) (map[int64][]int64, error) {
	var rows []Subscription
	err := s.db.Read().NewSelect().Model(&rows).Column("user_id", "session_id").Where("user_id IN (?)", bun.List(people)).Order("session_id").Scan(ctx)
	sessions := map[int64][]int64{}
	for _, row := range rows {
		sessions[row.UserID] = append(sessions[row.UserID], row.SessionID)
	}
	return sessions, err
}
