package domain

import (
	"context"
	"log/slog"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/store"
	"dchat/db"
)

// Node is the stores of one server. Its methods are those of all rooms; of two with one name, chat's.
type Node struct {
	*Chat
	*Accounts
	*Attachments
}

// The rooms of a node.
type (
	Chat        = chat.Store
	Accounts    = account.Store
	Attachments = attachment.Store
)

// Options are what a test may set of a node.
type Options struct {
	DB          *db.DB
	Log         *slog.Logger // nil discards
	Fresh       func() bool
	Secret      []byte
	VerifyEmail bool
	Changed     func([]chat.Change) // may be nil
	Committed   func(int)
	Arrived     func([]chat.Arrival) // may be nil
	Enqueue     store.EnqueueFunc
	EditWindow  time.Duration // 0 is a day, NeverEdit is none
	Quota       int64         // in bytes, 0 is no limit
}

// NeverEdit is the EditWindow of a node on which no message can be edited.
const NeverEdit time.Duration = -2

// NewNode starts a node; Close stops it.
func NewNode(o Options) *Node {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func([]chat.Change) {}
	}
	switch o.EditWindow {
	case 0:
		o.EditWindow = 24 * time.Hour
	case NeverEdit:
		o.EditWindow = 0
	}
	database := store.New(o.DB, o.Enqueue)
	n := &Node{
		Accounts:    account.NewStore(account.Options{DB: database, Fresh: o.Fresh, Secret: o.Secret, VerifyEmail: o.VerifyEmail}),
		Attachments: attachment.NewStore(attachment.Options{DB: database, Quota: o.Quota}),
	}
	n.Chat = chat.NewStore(chat.Options{
		DB: database, Accounts: n.Accounts, Attachments: n.Attachments, Log: o.Log, EditWindow: o.EditWindow, Changed: o.Changed, Committed: o.Committed, Arrived: o.Arrived,
	})
	return n
}

// Search finds people, with how the viewer stands to them.
func (n *Node) Search(ctx context.Context, viewer *account.User, query string) ([]chat.Entry, error) {
	return n.Chat.Search(ctx, viewer, query)
}

// Sweep removes what has expired in all rooms.
func (n *Node) Sweep(ctx context.Context) error { return n.Chat.Sweep(ctx) }
