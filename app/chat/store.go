// Package chat is the domain: people, how they stand to each other, and what they write. It
// knows the rules and the rows; it does not know who is looking.
package chat

import (
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"dchat/db"

	"github.com/uptrace/bun"
)

// Store answers every question about the domain and makes every change to it. Each change is one
// transaction; Changed is called after its commit.
type Store struct {
	db        *db.DB
	log       *slog.Logger
	changed   func([]Change)
	committed func(int)
	later     func(context.Context, bun.Tx, ...Job) error
	secret    []byte
	hashing   chan struct{} // how many passwords may be hashed at once: each costs 19 MiB
	checks    atomic.Int64  // passwords that were compared with a hash
	committer *committer

	verifyEmail bool // addresses have to be confirmed
	maxUpload   int64
	quota       int64

	users    *cache[int64, *User]
	names    *cache[string, int64] // username key → user id, until a sign-up is forgotten
	sessions *cache[string, *Session]
	pairs    *cache[pairKey, int64] // two people → conversation id, which never changes
}

// Change is what one transaction changed for one person: it takes that person's pages from
// version From to version To.
type Change struct {
	Viewer   *User
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
	// Changed is told of every commit. It must not block. Two commits that touch the same person may
	// be told in either order: their versions say which came first.
	Changed func([]Change)
	// Committed is told how many messages a transaction has stored; it may be nil.
	Committed func(messages int)
	// Fresh reports whether other nodes' changes reach this node at once; while it is false,
	// nothing is answered from memory.
	Fresh func() bool
	// Secret is the root of the keys that sign the links in letters.
	Secret []byte
	// VerifyEmail lets only those in who have confirmed their address.
	VerifyEmail bool
	// MaxUpload is the largest file, and Quota how much all files of one person may take, in bytes; 0 is
	// no limit.
	MaxUpload, Quota int64
	// Enqueue puts jobs down in the transaction of what makes them necessary; nil forgets them.
	Enqueue func(context.Context, bun.Tx, ...Job) error
}

// cached is how long a node may believe what it has read, while the bus tells it of changes.
const cached = time.Second

// NewStore starts the committer; Close stops it.
func NewStore(o Options) *Store {
	s := &Store{
		db: o.DB, log: o.Log, changed: o.Changed, committed: o.Committed, later: o.Enqueue, secret: o.Secret, verifyEmail: o.VerifyEmail, maxUpload: o.MaxUpload, quota: o.Quota,
		hashing:  make(chan struct{}, max(2, runtime.GOMAXPROCS(0))),
		users:    newCache[int64, *User](cached, o.Fresh),
		names:    newCache[string, int64](time.Hour, nil),
		sessions: newCache[string, *Session](cached, o.Fresh),
		pairs:    newCache[pairKey, int64](time.Hour, nil),
	}
	s.committer = startCommitter(s)
	return s
}

// Close waits for the messages that are being committed.
func (s *Store) Close() { s.committer.stop() }

// Epoch is the name of this database's life; it changes when a backup is restored.
func (s *Store) Epoch(ctx context.Context) (string, error) {
	var epoch string
	err := s.db.Read().NewSelect().Table("meta").Column("value").Where("name = 'epoch'").Scan(ctx, &epoch)
	return epoch, err
}

// write is for single writing statements.
func (s *Store) write() *bun.DB { return s.db.Writer() }

// now is the moment as the database keeps it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
