package chat

import (
	"context"
	"database/sql"
	"errors"

	"dchat/app/account"

	"github.com/uptrace/bun"
)

// Seen is how far a page is: the person's version, and the revision of the conversation that it
// has open (0 if none).
type Seen struct {
	Version, Conversation, Rev int64
}

// Missed is what a page lacks. If All is set its cursor was worthless: Entries are all of the person's,
// and Page replaces the open log.
type Missed struct {
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

// Missed compares a page with the database, at one moment. lost says that its cursor is worthless.
func (s *Store) Missed(ctx context.Context, viewer *account.User, seen Seen, lost bool) (*Missed, error) {
	missed := &Missed{}
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := tx.NewSelect().Model((*account.Version)(nil)).Column("version").Where("user_id = ?", viewer.ID).Scan(ctx, &missed.Version)
		if err != nil {
			return err
		}
		if missed.All = lost || seen.Version > missed.Version; missed.All {
			seen.Version, seen.Rev = -1, -1
		}
		if err := missed.self(ctx, tx, viewer, seen); err != nil {
			return err
		}
		if seen.Version < missed.Version {
			if missed.Entries, err = entries(ctx, tx, viewer, seen.Version); err != nil {
				return err
			}
		}
		return missed.open(ctx, tx, viewer, seen)
	})
	return missed, err
}

// Since is Missed for the open conversation alone.
func (s *Store) Since(ctx context.Context, viewer *account.User, conversation, rev int64) (*Missed, error) {
	missed := &Missed{}
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		return missed.open(ctx, tx, viewer, Seen{Conversation: conversation, Rev: rev})
	})
	return missed, err
}

func (m *Missed) self(ctx context.Context, tx bun.Tx, viewer *account.User, seen Seen) error {
	requests, err := pendingRequests(ctx, tx, []int64{viewer.ID})
	if err != nil {
		return err
	}
	m.Requests = requests[viewer.ID]
	now := &account.User{}
	err = tx.NewSelect().Model(now).Where("id = ?", viewer.ID).Scan(ctx)
	if err == nil && now.SelfVersion > seen.Version {
		m.Self = now
	}
	return err
}

func (m *Missed) open(ctx context.Context, tx bun.Tx, viewer *account.User, seen Seen) error {
	if seen.Conversation == 0 {
		return nil
	}
	var sides []Membership
	err := selectEntries(tx, &sides).Where("mb.user_id = ?", viewer.ID).Where("mb.conversation_id = ?", seen.Conversation).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(sides) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	entry := sides[0].entry()
	m.Open, m.Rev = &entry, entry.Rev
	if entry.Rev == seen.Rev {
		return nil
	}
	// A revision that there is not, or no longer, is worth as little as none.
	if seen.Rev >= 0 && seen.Rev < entry.Rev {
		rows, fit, err := since(ctx, tx, entry.ConversationID, seen.Rev)
		if err != nil || fit {
			m.Changed = rows
			return err
		}
	}
	m.NewLog = true
	m.Page, err = before(ctx, tx, entry.ConversationID, 0, PageSize)
	return err
}
