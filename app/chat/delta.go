package chat

import (
	"context"
	"database/sql"
	"errors"

	"dchat/app/account"

	"github.com/uptrace/bun"
)

// Position is how far a page is: the person's version, and the revision of the conversation that it
// has open (0 if none).
type Position struct {
	Version, Conversation, Rev int64
}

// Delta is what a page lacks. If All is set its cursor was worthless: Entries are all of the person's,
// and Page replaces the open log.
type Delta struct {
	Version int64     // the version the page reaches with it
	Entries []Entry   // the latest first
	Rev     int64     // the revision the open conversation reaches, 0 if it is not the viewer's
	Open    *Entry    // the open conversation
	Changed []Message // of the open conversation, unless NewLog is set
	NewLog  bool      // Page replaces the open log
	Page    Page
	All     bool // what the sidebar has beside Entries is void

	Self     *account.User // the viewer, if what is shown of themselves has changed
	Requests int           // how many chat requests wait for the viewer
}

// Delta compares a page with the database, at one moment. lost says that its cursor is worthless.
func (s *Store) Delta(ctx context.Context, viewer *account.User, at Position, lost bool) (*Delta, error) {
	delta := &Delta{}
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := tx.NewSelect().Model((*account.Version)(nil)).Column("version").Where("user_id = ?", viewer.ID).Scan(ctx, &delta.Version)
		if err != nil {
			return err
		}
		if delta.All = lost || at.Version > delta.Version; delta.All {
			at.Version, at.Rev = -1, -1
		}
		if err := delta.self(ctx, tx, viewer, at); err != nil {
			return err
		}
		if at.Version < delta.Version {
			if delta.Entries, err = entries(ctx, tx, viewer, at.Version); err != nil {
				return err
			}
		}
		return delta.open(ctx, tx, viewer, at)
	})
	return delta, err
}

// Since is Delta for the open conversation alone.
func (s *Store) Since(ctx context.Context, viewer *account.User, conversation, rev int64) (*Delta, error) {
	delta := &Delta{}
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		return delta.open(ctx, tx, viewer, Position{Conversation: conversation, Rev: rev})
	})
	return delta, err
}

func (d *Delta) self(ctx context.Context, tx bun.Tx, viewer *account.User, at Position) error {
	requests, err := pendingRequests(ctx, tx, []int64{viewer.ID})
	if err != nil {
		return err
	}
	d.Requests = requests[viewer.ID]
	now := &account.User{}
	err = tx.NewSelect().Model(now).Where("id = ?", viewer.ID).Scan(ctx)
	if err == nil && now.SelfVersion > at.Version {
		d.Self = now
	}
	return err
}

func (d *Delta) open(ctx context.Context, tx bun.Tx, viewer *account.User, at Position) error {
	if at.Conversation == 0 {
		return nil
	}
	var sides []Membership
	err := selectEntries(tx, &sides).Where("mb.user_id = ?", viewer.ID).Where("mb.conversation_id = ?", at.Conversation).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(sides) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	entry := sides[0].entry()
	d.Open, d.Rev = &entry, entry.Rev
	if entry.Rev == at.Rev {
		return nil
	}
	// A revision that there is not, or no longer, is worth as little as none.
	if at.Rev >= 0 && at.Rev < entry.Rev {
		rows, fit, err := since(ctx, tx, viewer.ID, entry.ConversationID, at.Rev)
		if err != nil || fit {
			d.Changed = rows
			return err
		}
	}
	d.NewLog = true
	d.Page, err = before(ctx, tx, viewer.ID, entry.ConversationID, 0, PageSize)
	return err
}
