package chat

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// action is a change to one message of a locked pair, as a rule sees it and makes it.
type action struct {
	*pair

	tx      bun.Tx
	at      time.Time
	message *Message      // as its viewer sees it
	sides   []*Membership // whose pages show the change
}

// act locks a pair, lets rule change a message that the viewer may see, and returns the message as it then is. A rule
// that finds its change made already changes nothing.
func (s *Store) act(ctx context.Context, viewer, other *account.User, seq int64, rule func(context.Context, *action) error) (*Message, error) {
	var m *Message
	var changes []Change
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		m, changes, err = actIn(ctx, tx, viewer, other, seq, rule)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		s.changed(changes)
	}
	return m, nil
}

func actIn(ctx context.Context, tx bun.Tx, viewer, other *account.User, seq int64, rule func(context.Context, *action) error) (*Message, []Change, error) {
	p, err := lockPair(ctx, tx, viewer.ID, other.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, errNoMessage()
	}
	if err != nil {
		return nil, nil, err
	}
	a := &action{pair: p, tx: tx, at: store.Now()}
	if a.message, err = message(ctx, tx, viewer.ID, p.ID, seq); err != nil {
		return nil, nil, err
	}
	if err := rule(ctx, a); err != nil || len(a.sides) == 0 {
		return a.message, nil, err
	}
	changes, err := p.publish(ctx, tx, a.sides)
	if err != nil {
		return nil, nil, err
	}
	m, err := message(ctx, tx, viewer.ID, p.ID, seq)
	return m, changes, err
}

// change begins a revision that the pages of sides show.
func (a *action) change(sides ...*Membership) {
	a.Rev++
	a.sides = sides
}

// allowed says whether the viewer may do something to the message that the partner sees.
func (a *action) allowed(other *account.User) error {
	switch {
	case a.message.Hidden:
		return errNoMessage()
	case !a.message.DeletedAt.IsZero():
		return errDeleted()
	case a.message.Notice != "":
		return errs.New(errs.Refused, "This is not possible with a notice.")
	case a.standing() != InContact, !a.mine.User.DeletedAt.IsZero(), !a.theirs.User.DeletedAt.IsZero(): // the job may not have reached the pair yet
		return notContacts(other)
	}
	return nil
}

// errNoMessage is the answer for every message that is not there for the viewer, for any reason.
func errNoMessage() error { return errs.New(errs.NotFound, "There is no such message.") }

func errDeleted() error { return errs.New(errs.Refused, "This message was deleted.") }

// Message returns a message that the viewer may see, with everything that its row shows.
func (s *Store) Message(ctx context.Context, viewer, other *account.User, seq int64) (*Message, error) {
	id, err := s.conversationOf(ctx, viewer.ID, other.ID)
	if err != nil {
		return nil, err
	}
	m, err := message(ctx, s.db.Read(), viewer.ID, id, seq)
	if err == nil && m.Hidden {
		return nil, errNoMessage()
	}
	return m, err
}

func message(ctx context.Context, tx bun.IDB, viewer, conversation, seq int64) (*Message, error) {
	var rows []Message
	err := selectMessages(tx, &rows, viewer).Where("m.conversation_id = ?", conversation).Where("m.seq = ?", seq).Scan(ctx)
	if err == nil && len(rows) == 0 {
		err = errNoMessage()
	}
	if err == nil {
		err = complete(ctx, tx, viewer, rows)
	}
	if err != nil {
		return nil, err
	}
	return &rows[0], nil
}
