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
	"dchat/db"

	"github.com/uptrace/bun"
)

// Store answers every question about relations and messages, and makes every change to them. Each change is
// one transaction; Changed is called after its commit.
type Store struct {
	*accounts
	*attachments

	db        *store.DB
	log       *slog.Logger
	changed   func([]Change)
	committed func(int)
	committer *commit.Committer[*draft]
	pairs     *cache.Cache[pairKey, int64] // two people → conversation id, which never changes
}

type (
	accounts    = account.Store
	attachments = attachment.Store
)

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
	Entry    Entry
	Messages []Message // new or changed, in order
	Standing bool      // the standing may have changed
	Profile  bool      // the other's name or picture may have changed
}

// Options are what a Store needs from outside.
type Options struct {
	DB  *db.DB
	Log *slog.Logger
	// Changed is called after every commit. It must not block. Two commits that touch the same person may
	// arrive in either order: their versions say which came first.
	Changed func([]Change)
	// Committed is called with the number of messages that a transaction has stored; it may be nil.
	Committed func(messages int)
	// Fresh reports whether other nodes' changes reach this node at once; while it is false,
	// nothing is answered from memory.
	Fresh func() bool
	// Secret is the root of the keys that sign the links in emails.
	Secret []byte
	// VerifyEmail admits only those who have confirmed their address.
	VerifyEmail bool
	// MaxUpload is the largest file, and Quota how much all files of one person may take, in bytes; 0 is
	// no limit.
	MaxUpload, Quota int64
	// Enqueue enqueues jobs in the transaction that makes them necessary; nil drops them.
	Enqueue func(context.Context, bun.Tx, ...store.Job) error
}

// NewStore starts the committer; Close stops it.
func NewStore(o Options) *Store {
	database := store.New(o.DB, o.Enqueue)
	s := &Store{
		accounts:    account.NewStore(account.Options{DB: database, Fresh: o.Fresh, Secret: o.Secret, VerifyEmail: o.VerifyEmail}),
		attachments: attachment.NewStore(attachment.Options{DB: database, MaxUpload: o.MaxUpload, Quota: o.Quota}),
		db:          database, log: o.Log, changed: o.Changed, committed: o.Committed,
		pairs: cache.New[pairKey, int64](time.Hour, nil),
	}
	s.accounts.OnChange(
		func(user *account.User) { s.changed([]Change{selfChange(user)}) },
		func(ctx context.Context, id int64, change account.ChangeFunc) (*account.User, error) {
			return s.updateUserAndNotify(ctx, id, visibleTo, nil, change)
		})
	s.committer = commit.Start(o.Log, database.Postgres(), s.writeBatch)
	return s
}

func selfChange(user *account.User) Change {
	return Change{Viewer: user, From: user.SelfVersion - 1, To: user.SelfVersion, Self: true}
}

// Close waits for the messages that are being committed.
func (s *Store) Close() { s.committer.Stop() }

// Epoch identifies this database; it changes when a backup is restored.
func (s *Store) Epoch(ctx context.Context) (string, error) {
	var epoch string
	err := s.db.Read().NewSelect().Table("meta").Column("value").Where("name = 'epoch'").Scan(ctx, &epoch)
	return epoch, err
}
