// Package domain has what the tests of the rooms account, attachment and chat share: stores on a database of
// their own, people, and the jobs and changes that come out. Only tests import it.
package domain

import (
	"context"
	"slices"
	"sync"
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/db"
	_ "dchat/test/cheap"
	"dchat/test/migrated"

	"github.com/stretchr/testify/require"
)

// Fixture is a node on a database of its own, with every change that it has published.
type Fixture struct {
	*Node

	T       *testing.T
	Ctx     context.Context
	DB      *db.DB
	DSN     string
	Options []func(*Options)

	mu      sync.Mutex
	changes []chat.Change
	jammed  bool // no job can be enqueued
}

// VerifyEmail is for a fixture in which addresses have to be confirmed.
func VerifyEmail(o *Options) { o.VerifyEmail = true }

// Everywhere runs a test on both databases.
func Everywhere(t *testing.T, test func(*Fixture), options ...func(*Options)) {
	t.Run("sqlite", func(t *testing.T) { test(New(t, migrated.SQLite(t, t.TempDir()+"/dchat.db"), options...)) })
	t.Run("postgres", func(t *testing.T) { test(New(t, migrated.Postgres(t), options...)) })
}

// New migrates a database, unless it is, and starts a node on it.
func New(t *testing.T, dsn string, options ...func(*Options)) *Fixture {
	f := &Fixture{T: t, Ctx: context.Background(), DSN: dsn, Options: options}
	f.DB = f.Connect()
	require.NoError(t, f.DB.Migrate(f.Ctx))
	number := "integer PRIMARY KEY AUTOINCREMENT"
	if f.DB.Postgres() {
		number = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
	}
	f.Exec("CREATE TABLE test_jobs (id " + number + ", kind text, args text)")
	f.Node = f.Open()
	return f
}

// Connect opens the database once more.
func (f *Fixture) Connect() *db.DB {
	database, err := db.Open(f.Ctx, f.DSN)
	require.NoError(f.T, err)
	f.T.Cleanup(func() { _ = database.Close() })
	return database
}

// Open starts one more node on the same database.
func (f *Fixture) Open(more ...func(*Options)) *Node {
	options := Options{
		DB: f.Connect(), Fresh: func() bool { return false }, Secret: []byte("the secret of a fixture"), Enqueue: f.enqueue,
		Changed: func(c []chat.Change) {
			f.mu.Lock()
			f.changes = append(f.changes, c...)
			f.mu.Unlock()
		},
	}
	for _, set := range slices.Concat(f.Options, more) {
		set(&options)
	}
	n := NewNode(options)
	f.T.Cleanup(n.Close)
	return n
}

// Both are two nodes on the database.
func (f *Fixture) Both() [2]*Node { return [2]*Node{f.Node, f.Open()} }

// Exec changes rows behind the back of the stores.
func (f *Fixture) Exec(query string, args ...any) {
	f.T.Helper()
	_, err := f.DB.Writer().ExecContext(f.Ctx, query, args...)
	require.NoError(f.T, err)
}

// Count is the answer of a query for one number.
func (f *Fixture) Count(query string, args ...any) (n int) {
	f.T.Helper()
	require.NoError(f.T, f.DB.Read().NewRaw(query, args...).Scan(f.Ctx, &n))
	return n
}

// Row is a person's row as it is stored.
func (f *Fixture) Row(u *account.User) *account.User {
	f.T.Helper()
	row := &account.User{}
	require.NoError(f.T, f.DB.Read().NewSelect().Model(row).Where("id = ?", u.ID).Scan(f.Ctx))
	return row
}

// Changes returns what the stores have published since the last call.
func (f *Fixture) Changes() []chat.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	changes := f.changes
	f.changes = nil
	return changes
}
