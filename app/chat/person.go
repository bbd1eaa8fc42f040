package chat

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/uptrace/bun"
)

// personVersion is raised with everything a person's pages show. It has a table of its own,
// because it is written with every message.
type personVersion struct {
	bun.BaseModel `bun:"table:person_versions,alias:pv"`

	UserID  int64 `bun:",pk"`
	Version int64
}

const nobody = "There is nobody by this name."

// UserByName finds a person by username, without regard to case.
func (s *Store) UserByName(ctx context.Context, username string) (*User, error) {
	key := strings.ToLower(username)
	if id, ok := s.names.get(key); ok {
		user, err := s.UserByID(ctx, id)
		if CodeOf(err) != NotFound && (err != nil || user.UsernameKey == key) {
			return user, err
		}
		s.names.drop(key) // a sign-up that was forgotten: the name may be somebody else's by now
	}
	if !usernamePattern.MatchString(username) {
		return nil, notFound(nobody)
	}
	user := &User{}
	err := s.db.Read().NewSelect().Model(user).Where("username_key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound(nobody)
	}
	if err != nil {
		return nil, err
	}
	s.names.put(key, user.ID)
	s.users.put(user.ID, user)
	return user, nil
}

// Person finds another person as somebody may know them. Who has not confirmed their address yet, where
// that is needed, and who is gone is only there for those who had to do with them.
func (s *Store) Person(ctx context.Context, me *User, username string) (*User, error) {
	other, err := s.UserByName(ctx, username)
	if err != nil || other.DeletedAt.IsZero() && s.Admits(other) {
		return other, err
	}
	if e, err := entry(ctx, s.db.Read(), me, other); err != nil || e.ConversationID != 0 {
		return other, err
	}
	return nil, notFound(nobody)
}

// UserByID finds a person.
func (s *Store) UserByID(ctx context.Context, id int64) (*User, error) {
	if user, ok := s.users.get(id); ok {
		return user, nil
	}
	user := &User{}
	err := s.db.Read().NewSelect().Model(user).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound(nobody)
	}
	if err != nil {
		return nil, err
	}
	s.users.put(id, user)
	return user, nil
}

// SetZone remembers in which time zone a person reads. An unknown zone is ignored.
func (s *Store) SetZone(ctx context.Context, user *User, zone string) error {
	if zone == user.Zone || !ValidZone(zone) {
		return nil
	}
	if _, err := s.write().NewUpdate().Model(user).Set("zone = ?", zone).WherePK().Exec(ctx); err != nil {
		return err
	}
	s.users.drop(user.ID)
	return nil
}

// Versions returns the current versions of people.
func (s *Store) Versions(ctx context.Context, ids []int64) (map[int64]int64, error) {
	var rows []personVersion
	err := s.db.Read().NewSelect().Model(&rows).Where("user_id IN (?)", bun.List(ids)).Scan(ctx)
	versions := make(map[int64]int64, len(rows))
	for _, row := range rows {
		versions[row.UserID] = row.Version
	}
	return versions, err
}
