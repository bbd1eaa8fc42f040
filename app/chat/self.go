package chat

import (
	"context"
	"database/sql"
	"errors"

	"dchat/db"

	"github.com/uptrace/bun"
)

// A person's own row changes in one of two ways: with alter, if only their own pages show it, or with
// spread, if the pages of others do too. Both are written down by change, which may refuse.

// alter locks a person, lets change decide, and raises their version.
func (s *Store) alter(ctx context.Context, id int64, change changeFunc) (*User, error) {
	return s.alterLocked(ctx, id, nil, change)
}

// alterLocked takes further locks before that of the person, unless locks is nil.
func (s *Store) alterLocked(ctx context.Context, id int64, locks lockFunc, change changeFunc) (*User, error) {
	var user *User
	err := s.transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if locks != nil {
			if err := locks(ctx, tx, id); err != nil {
				return err
			}
		}
		versions, err := lockVersions(ctx, tx, []int64{id})
		if err != nil {
			return err
		}
		user, err = s.writeUser(ctx, tx, id, versions[id]+1, change)
		if err != nil {
			return err
		}
		return raiseVersions(ctx, tx, []int64{id})
	})
	if err != nil {
		return nil, err
	}
	s.forget(id)
	s.changed([]Change{{Viewer: user, From: user.SelfVersion - 1, To: user.SelfVersion, Self: true}})
	return user, nil
}

// writeUser changes a person's row, under the lock of their version.
func (s *Store) writeUser(ctx context.Context, tx bun.Tx, id, version int64, change changeFunc) (*User, error) {
	user := &User{}
	err := db.ForUpdate(tx.NewSelect().Model(user).Where("id = ?", id).Where("deleted_at IS NULL")).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("This account was deleted.")
	}
	if err != nil {
		return nil, err
	}
	user.SelfVersion = version
	if err := change(ctx, tx, user); err != nil {
		return nil, err
	}
	_, err = tx.NewUpdate().Model(user).WherePK().Exec(ctx)
	return user, err
}

// told stamps the sides of those who see that somebody changed, and says what each of them sees.
func (s *Store) told(ctx context.Context, tx bun.Tx, changed *User, audience []int64, versions map[int64]int64) ([]Change, error) {
	if len(audience) == 0 {
		return nil, nil
	}
	stamps := make([]*Membership, len(audience))
	for i, id := range audience {
		stamps[i] = &Membership{UserID: id, Version: versions[id] + 1}
	}
	_, err := tx.NewUpdate().With("new", tx.NewValues(&stamps).Column("user_id", "version")).Model((*Membership)(nil)).TableExpr("new").
		Set("version = new.version").Where("mb.user_id = new.user_id").Where("mb.other_id = ?", changed.ID).Exec(ctx)
	if err != nil {
		return nil, err
	}
	requests, err := pendingRequests(ctx, tx, audience)
	if err != nil {
		return nil, err
	}
	var sides []Membership
	err = selectEntries(tx, &sides).Relation("User", publicColumns).Where("mb.other_id = ?", changed.ID).Where("mb.user_id IN (?)", bun.List(audience)).Scan(ctx)
	list := make([]Change, len(sides))
	for i := range sides {
		version, waiting := sides[i].Version, requests[sides[i].UserID]
		list[i] = Change{
			Viewer: sides[i].User, From: version - 1, To: version, Requests: &waiting,
			Items: []Item{{Entry: sides[i].entry(), Standing: true, Profile: true}},
		}
	}
	return list, err
}

// lockPairs locks some of the conversations of a person.
func lockPairs(ctx context.Context, tx bun.Tx, id int64, ids []int64) ([]*pair, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []*Conversation
	if err := db.ForUpdate(tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Order("id")).Scan(ctx); err != nil {
		return nil, err
	}
	var sides []*Membership
	if err := tx.NewSelect().Model(&sides).Where("conversation_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	pairs, byID := make([]*pair, len(rows)), map[int64]*pair{}
	for i, c := range rows {
		pairs[i] = &pair{Conversation: c}
		byID[c.ID] = pairs[i]
	}
	for _, side := range sides {
		if side.UserID == id {
			byID[side.ConversationID].mine = side
		} else {
			byID[side.ConversationID].theirs = side
		}
	}
	return pairs, nil
}

// forget drops what memory holds of a person.
func (s *Store) forget(id int64) {
	s.users.drop(id)
	s.sessions.dropIf(func(session *Session) bool { return session.UserID == id })
}
