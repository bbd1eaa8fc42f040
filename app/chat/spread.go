package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"dchat/db"

	"github.com/uptrace/bun"
)

// spreadAtOnce is with how many people a change of a person is told in its own transaction. With more, or
// if some of the locks are in the way, it is told by a job, in pieces of this size: whoever writes waits
// for none of it.
const spreadAtOnce = 100

var errMany = errors.New("too many for one transaction")

// spread is alter for what others see too. audience is called with everything that stands between the person
// and others locked; it returns whose pages change. locks takes further ones before those of people; it may
// be nil.
func (s *Store) spread(ctx context.Context, id int64, audience audienceFunc, locks lockFunc, change changeFunc) (*User, error) {
	user, changes, err := s.spreadNow(ctx, id, audience, locks, change)
	if errors.Is(err, errMany) || errors.Is(err, errAgain) || db.IsBusy(err) {
		return s.spreadLater(ctx, id, locks, change)
	}
	if err != nil {
		return nil, err
	}
	s.forget(id)
	s.changed(append(changes, Change{Viewer: user, From: user.SelfVersion - 1, To: user.SelfVersion, Self: true}))
	return user, nil
}

type (
	audienceFunc func(context.Context, bun.Tx, []*pair) ([]int64, error)
	lockFunc     func(context.Context, bun.Tx, int64) error
	changeFunc   func(context.Context, bun.Tx, *User) error
)

var errAgain = errors.New("somebody new has come in between")

func (s *Store) spreadNow(ctx context.Context, id int64, audience audienceFunc, locks lockFunc, change changeFunc) (user *User, changes []Change, err error) {
	err = errAgain
	for tries := 0; errors.Is(err, errAgain) && tries < 10; tries++ {
		err = s.db.Write(db.WithLimits(ctx, changeLimits), func(ctx context.Context, tx bun.Tx) (err error) {
			user, changes, err = s.spreadIn(ctx, tx, id, audience, locks, change)
			return err
		})
	}
	return user, changes, err
}

// spreadIn takes locks in the order that all of chat keeps: pair rows, files, people, each ascending. So it
// can find, with all locks in hand, that somebody new has come in between; then it starts again.
func (s *Store) spreadIn(ctx context.Context, tx bun.Tx, id int64, audience audienceFunc, locks lockFunc, change changeFunc) (*User, []Change, error) {
	ids, err := pairsOf(ctx, tx, id)
	if err != nil {
		return nil, nil, err
	}
	if len(ids) > spreadAtOnce {
		return nil, nil, errMany
	}
	pairs, err := lockPairs(ctx, tx, id, ids)
	if err != nil {
		return nil, nil, err
	}
	people, err := audience(ctx, tx, pairs)
	if err != nil {
		return nil, nil, err
	}
	if locks != nil {
		if err := locks(ctx, tx, id); err != nil {
			return nil, nil, err
		}
	}
	versions, err := lockVersions(ctx, tx, append(slices.Clone(people), id))
	if err != nil {
		return nil, nil, err
	}
	if now, err := pairsOf(ctx, tx, id); err != nil || len(now) != len(pairs) {
		return nil, nil, errors.Join(err, errAgain)
	}
	user, err := s.writeUser(ctx, tx, id, versions[id]+1, change)
	if err != nil {
		return nil, nil, err
	}
	if err := raiseVersions(ctx, tx, []int64{id}); err != nil {
		return nil, nil, err
	}
	changes, err := s.tell(ctx, tx, user, ids, people, versions)
	return user, changes, err
}

// tell raises the versions of those who see that a person changed, whose locks are held, and ends what
// nobody is left to see.
func (s *Store) tell(ctx context.Context, tx bun.Tx, changed *User, pairs, people []int64, versions map[int64]int64) ([]Change, error) {
	if len(people) > 0 {
		if err := raiseVersions(ctx, tx, people); err != nil {
			return nil, err
		}
	}
	changes, err := s.told(ctx, tx, changed, people, versions)
	if err != nil || changed.DeletedAt.IsZero() {
		return changes, err
	}
	return changes, s.dropDeserted(ctx, tx, pairs)
}

// spreadLater changes a person alone, and has a job tell the others.
func (s *Store) spreadLater(ctx context.Context, id int64, locks lockFunc, change changeFunc) (*User, error) {
	user, err := s.alterLocked(ctx, id, locks, func(ctx context.Context, tx bun.Tx, u *User) error {
		if err := change(ctx, tx, u); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, SpreadJob{UserID: id, Version: u.SelfVersion})
	})
	if err == nil && s.later == nil {
		err = s.Spread(ctx, id)
	}
	return user, err
}

// Spread tells all others that a person has changed. What it has told already when it fails is told again
// the next time.
func (s *Store) Spread(ctx context.Context, id int64) error {
	var ids []int64
	err := s.db.Read().NewSelect().Model((*Membership)(nil)).Column("conversation_id").Where("user_id = ?", id).
		Order("conversation_id").Scan(ctx, &ids)
	if err != nil {
		return err
	}
	left := 0
	for piece := range slices.Chunk(ids, spreadAtOnce/2) {
		err := s.spreadPiece(ctx, id, piece)
		for i := 0; db.IsBusy(err) && i < len(piece); i++ { // one of them is locked: not the others too
			if errOne := s.spreadPiece(ctx, id, piece[i:i+1]); db.IsBusy(errOne) {
				left++
			} else if errOne != nil {
				return errOne
			}
		}
		if err != nil && !db.IsBusy(err) {
			return err
		}
	}
	if left > 0 {
		return fmt.Errorf("%d people could not be told yet", left)
	}
	return nil
}

func (s *Store) spreadPiece(ctx context.Context, id int64, ids []int64) error {
	var changes []Change
	err := s.db.Write(db.WithLimits(ctx, changeLimits), func(ctx context.Context, tx bun.Tx) error {
		pairs, err := lockPairs(ctx, tx, id, ids)
		if err != nil {
			return err
		}
		user := &User{}
		if err := tx.NewSelect().Model(user).Where("id = ?", id).Scan(ctx); err != nil {
			return err
		}
		audience := onlookers
		if !user.DeletedAt.IsZero() {
			audience = part
		}
		people, err := audience(ctx, tx, pairs)
		if err != nil {
			return err
		}
		versions, err := lockVersions(ctx, tx, people)
		if err != nil {
			return err
		}
		changes, err = s.tell(ctx, tx, user, ids, people, versions)
		return err
	})
	if err == nil && len(changes) > 0 {
		s.changed(changes)
	}
	return err
}

// pairsOf are the conversations of a person, in order.
func pairsOf(ctx context.Context, tx bun.Tx, id int64) (ids []int64, err error) {
	err = tx.NewSelect().Model((*Membership)(nil)).Column("conversation_id").Where("user_id = ?", id).Order("conversation_id").Scan(ctx, &ids)
	return ids, err
}
