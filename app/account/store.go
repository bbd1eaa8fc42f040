// Package account is who a person is: users and their names, sessions, passwords, addresses. It knows
// nothing of what people do with each other.
package account

import (
	"time"

	"dchat/app/account/password"
	"dchat/app/cache"
	"dchat/app/store"
)

// Store reads and changes accounts. Each change is one transaction.
type Store struct {
	db      *store.DB
	hasher  *password.Hasher
	signer  signer
	visible UpdateFunc
	changed func(*User)

	verifyEmail bool // addresses have to be confirmed

	users    *cache.Cache[int64, *User]
	names    *cache.Cache[string, int64] // username key → user id, until a sign-up is removed
	sessions *cache.Cache[string, *Session]
}

// Options are what a Store needs from outside.
type Options struct {
	DB *store.DB
	// Fresh reports whether other nodes' changes reach this node at once; while it is false,
	// nothing is answered from memory.
	Fresh func() bool
	// Secret is the root of the keys that sign the links in emails.
	Secret []byte
	// VerifyEmail admits only those who have confirmed their address.
	VerifyEmail bool
}

// cached is how long a node may believe what it has read, while the bus tells it of changes.
const cached = time.Second

// NewStore returns a store; OnChange must be called before it changes anything.
func NewStore(o Options) *Store {
	return &Store{
		db: o.DB, hasher: password.NewHasher(), signer: signer{o.Secret}, verifyEmail: o.VerifyEmail,
		users:    cache.New[int64, *User](cached, o.Fresh),
		names:    cache.New[string, int64](time.Hour, nil),
		sessions: cache.New[string, *Session](cached, o.Fresh),
	}
}

// OnChange tells the store what its changes mean to others. changed is called after the commit of a change
// that only the person's own pages show; it must not block. visible makes the changes that the pages of
// others show too: like Update, but with the versions of those people raised.
func (s *Store) OnChange(changed func(*User), visible UpdateFunc) {
	s.changed, s.visible = changed, visible
}
