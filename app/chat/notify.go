package chat

import (
	"context"
	"errors"
	"slices"

	"dchat/app/account"
	"dchat/db"

	"github.com/uptrace/bun"
)

// notifyAtOnce is how many people a change of a person reaches in its own transaction. With more, or
// if a lock stays in the way, a job notifies them in pieces: no sender waits for it.
const notifyAtOnce = 500

var errTooMany = errors.New("too many for one transaction")

// updateUserAndNotify changes a person, and raises the versions of those whose pages show it. locks takes
// further locks before those of people; it may be nil.
func (s *Store) updateUserAndNotify(ctx context.Context, id int64, audience audienceFunc, locks account.LockFunc, change account.ChangeFunc) (*account.User, error) {
	user, changes, err := s.updateInOne(ctx, id, audience, locks, change)
	if errors.Is(err, errTooMany) || errors.Is(err, errPairsChanged) || db.IsBusy(err) {
		return s.updateUserNotifyLater(ctx, id, locks, change)
	}
	if err != nil {
		return nil, err
	}
	s.accounts.Forget(id)
	s.changed(append(changes, selfChange(user)))
	return user, nil
}

// audienceFunc returns whose pages change, with all pairs of the person locked.
type audienceFunc func(context.Context, bun.Tx, []*pair) ([]int64, error)

var errPairsChanged = errors.New("the pairs have changed meanwhile")

func (s *Store) updateInOne(ctx context.Context, id int64, audience audienceFunc, locks account.LockFunc, change account.ChangeFunc) (user *account.User, changes []Change, err error) {
	err = errPairsChanged
	for tries := 0; errors.Is(err, errPairsChanged) && tries < 10; tries++ {
		err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			user, changes, err = s.updateIn(ctx, tx, id, audience, locks, change)
			return err
		})
	}
	return user, changes, err
}

// updateIn takes locks in the order that all of chat keeps: pair rows, files, people, each ascending. So it
// can find, with all locks held, that a new pair has come in between; then it starts again.
func (s *Store) updateIn(ctx context.Context, tx bun.Tx, id int64, audience audienceFunc, locks account.LockFunc, change account.ChangeFunc) (*account.User, []Change, error) {
	ids, err := pairsOf(ctx, tx, id)
	if err != nil {
		return nil, nil, err
	}
	if len(ids) > notifyAtOnce {
		return nil, nil, errTooMany
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
	versions, err := account.LockVersions(ctx, tx, append(slices.Clone(people), id))
	if err != nil {
		return nil, nil, err
	}
	if now, err := pairsOf(ctx, tx, id); err != nil || len(now) != len(pairs) {
		return nil, nil, errors.Join(err, errPairsChanged)
	}
	user, err := account.UpdateIn(ctx, tx, id, versions[id]+1, change)
	if err != nil {
		return nil, nil, err
	}
	changes, err := s.notify(ctx, tx, user, ids, people, versions)
	return user, changes, err
}

// notify raises the versions of those who see that a person changed, whose locks are held, and deletes
// conversations that both people have left.
func (s *Store) notify(ctx context.Context, tx bun.Tx, changed *account.User, pairs, people []int64, versions map[int64]int64) ([]Change, error) {
	if err := account.RaiseVersions(ctx, tx, people); err != nil {
		return nil, err
	}
	changes, err := stampSides(ctx, tx, changed, people, versions)
	if err != nil || changed.DeletedAt.IsZero() {
		return changes, err
	}
	return changes, s.dropAbandoned(ctx, tx, pairs)
}

// updateUserNotifyLater changes a person alone, and enqueues the notification of the others.
func (s *Store) updateUserNotifyLater(ctx context.Context, id int64, locks account.LockFunc, change account.ChangeFunc) (*account.User, error) {
	user, err := s.accounts.Update(ctx, id, locks, func(ctx context.Context, tx bun.Tx, u *account.User) error {
		if err := change(ctx, tx, u); err != nil {
			return err
		}
		return s.db.Enqueue(ctx, tx, NotifyJob{UserID: id, Version: u.SelfVersion})
	})
	if err == nil && !s.db.HasQueue() {
		err = s.NotifyOthers(ctx, id)
	}
	return user, err
}

// pairsOf are the conversations of a person, in order.
func pairsOf(ctx context.Context, tx bun.Tx, id int64) (ids []int64, err error) {
	err = tx.NewSelect().Model((*Membership)(nil)).Column("conversation_id").Where("user_id = ?", id).Order("conversation_id").Scan(ctx, &ids)
	return ids, err
}

// stampSides stamps the sides of those who see that a person changed, and returns what each of them sees.
func stampSides(ctx context.Context, tx bun.Tx, changed *account.User, audience []int64, versions map[int64]int64) ([]Change, error) {
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
	err = selectEntries(tx, &sides).Relation("User", account.PublicColumns).Where("mb.other_id = ?", changed.ID).Where("mb.user_id IN (?)", bun.List(audience)).Scan(ctx)
	list := make([]Change, len(sides))
	for i := range sides {
		version, waiting := sides[i].Version, requests[sides[i].UserID]
		list[i] = Change{
			Viewer: sides[i].User, From: version - 1, To: version, Requests: &waiting,
			Items: []Item{{Entry: sides[i].entry(), NewStanding: true, NewProfile: true, NewReceipts: true}},
		}
	}
	return list, err
}

// visibleTo returns those whose pages show a change of a person at once: contacts, and those whom the person
// has asked. (To those who have asked, a block must look like waiting.)
func visibleTo(_ context.Context, _ bun.Tx, pairs []*pair) ([]int64, error) {
	var ids []int64
	for _, p := range pairs {
		_, theirs := p.standings()
		if !p.blocked() && slices.Contains([]Standing{InContact, Asking}, theirs) {
			ids = append(ids, p.theirs.UserID)
		}
	}
	return ids, nil
}
