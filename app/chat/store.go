// Package chat is what two people do: how they stand to each other, and what they write. It
// knows the rules and the rows; it does not know who is looking.
package chat

import (
	"context"
	"log/slog"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/cache"
	"dchat/app/chat/commit"
	"dchat/app/store"
)

// Store answers every question about relations and messages, and makes every change to them. Each change is
// one transaction; Changed is called after its commit.
type Store struct {
	accounts    *account.Store
	attachments *attachment.Store

	db        *store.DB
	log       *slog.Logger
	changed   func([]Change)
	committed func(int)
	arrived   func([]Arrival)
	committer *commit.Committer[*draft]
	delivery  delivery
	pairs     *cache.Cache[pairKey, int64] // two people → conversation id, which never changes

	editWindow time.Duration
}

// Change is what one transaction changed for one person: it takes that person's pages from
// version From to version To.
type Change struct {
	Viewer   *account.User
	From, To int64
	Items    []Item
	Self     bool // what the viewer's pages show of themselves has changed: name, address, sessions …
	Requests *int // how many chat requests wait for the viewer; nil: as many as before
}

// Item is a changed relation of the viewer to one other person.
type Item struct {
	Entry       Entry
	Messages    []Message // new or changed, in order
	NewStanding bool      // the standing may have changed
	NewProfile  bool      // the other's name or picture may have changed
	NewSide     bool      // the viewer keeps the conversation differently: muted, pinned, archived
	NewReceipts bool      // the other may have received or read more
	Same        bool      // but for what the fields above say, pages show the entry as before
}

// Options are what a Store needs from outside.
type Options struct {
	DB          *store.DB
	Accounts    *account.Store
	Attachments *attachment.Store
	Log         *slog.Logger
	// EditWindow is for how long a message can be edited: 0 is never, NoEditLimit is for ever.
	EditWindow time.Duration
	// Changed is called after every commit. It must not block. Two commits that touch the same person may
	// arrive in either order: their versions say which came first.
	Changed func([]Change)
	// Committed is called with the number of messages that a transaction has stored; it may be nil.
	Committed func(messages int)
	// Arrived is called after a commit with the messages that people have received; it may be nil. It must not block.
	Arrived func([]Arrival)
}

// NewStore starts the committer; Close stops it. From now on Accounts publishes its changes through the store.
func NewStore(o Options) *Store {
	s := &Store{
		accounts: o.Accounts, attachments: o.Attachments,
		db: o.DB, log: o.Log, changed: o.Changed, committed: o.Committed, arrived: o.Arrived,
		pairs: cache.New[pairKey, int64](time.Hour, nil), editWindow: o.EditWindow,
	}
	s.accounts.OnChange(
		func(user *account.User) { s.changed([]Change{selfChange(user)}) },
		func(ctx context.Context, id int64, change account.ChangeFunc) (*account.User, error) {
			return s.updateUserAndNotify(ctx, id, visibleTo, nil, change)
		})
	s.delivery.write = s.deliver
	s.committer = commit.Start(o.Log, o.DB.Postgres(), s.writeBatch)
	return s
}

func selfChange(user *account.User) Change {
	return Change{Viewer: user, From: user.SelfVersion - 1, To: user.SelfVersion, Self: true}
}

// Close waits for the messages that are being committed.
func (s *Store) Close() {
	s.delivery.stop()
	s.committer.Stop()
}

// Epoch identifies this database; it changes when a backup is restored.
func (s *Store) Epoch(ctx context.Context) (string, error) {
	var epoch string
	err := s.db.Read().NewSelect().Table("meta").Column("value").Where("name = 'epoch'").Scan(ctx, &epoch)
	return epoch, err
}
