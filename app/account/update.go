package account

import (
	"context"
	"database/sql"
	"errors"

	"dchat/app/errs"
	"dchat/db"

	"github.com/uptrace/bun"
)

// A person's row changes in one of two ways: with Update, if only their own pages show it, or with the
// function given to OnChange, if the pages of others do too. In both a ChangeFunc decides and changes.

type (
	// ChangeFunc changes a person's row, which is locked. It may refuse.
	ChangeFunc func(context.Context, bun.Tx, *User) error
	// LockFunc takes locks that come before that of the person.
	LockFunc func(context.Context, bun.Tx, int64) error
	// UpdateFunc changes a person and returns the row as it is now.
	UpdateFunc func(ctx context.Context, id int64, change ChangeFunc) (*User, error)
)

// Update locks a person, lets change decide, and raises their version. locks may be nil.
func (s *Store) Update(ctx context.Context, id int64, locks LockFunc, change ChangeFunc) (*User, error) {
	var user *User
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if locks != nil {
			if err := locks(ctx, tx, id); err != nil {
				return err
			}
		}
		versions, err := LockVersions(ctx, tx, []int64{id})
		if err != nil {
			return err
		}
		user, err = UpdateIn(ctx, tx, id, versions[id]+1, change)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Forget(id)
	s.changed(user)
	return user, nil
}

// UpdateIn changes a person's row and raises their version to the given one, under the lock of the version.
func UpdateIn(ctx context.Context, tx bun.Tx, id, version int64, change ChangeFunc) (*User, error) {
	user := &User{}
	err := db.ForUpdate(tx.NewSelect().Model(user).Where("id = ?", id).Where("deleted_at IS NULL")).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.New(errs.NotFound, "This account was deleted.")
	}
	if err != nil {
		return nil, err
	}
	user.SelfVersion = version
	if err := change(ctx, tx, user); err != nil {
		return nil, err
	}
	if _, err := tx.NewUpdate().Model(user).WherePK().Exec(ctx); err != nil {
		return nil, err
	}
	return user, RaiseVersions(ctx, tx, []int64{id})
}

// Forget drops what memory holds of a person.
func (s *Store) Forget(id int64) {
	s.users.Drop(id)
	s.sessions.DropIf(func(session *Session) bool { return session.UserID == id })
}
