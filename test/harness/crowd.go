package harness

import (
	"testing"

	"dchat/app/chat"
	"dchat/app/web"
	"dchat/db"

	"github.com/stretchr/testify/require"
)

// Open opens the database, for tests that read or change rows directly.
func (b *Backend) Open(t *testing.T) *db.DB {
	t.Helper()
	database, err := db.Open(t.Context(), b.DSN())
	require.NoError(t, err)
	t.Cleanup(func() { _ = database.Close() })
	return database
}

// Crowd creates many signed-in people in one step: 2k and 2k+1 are contacts, with this number of messages
// between them. A database can have one crowd.
func (n *Node) Crowd(t *testing.T, people, messages int) []*Person {
	t.Helper()
	seeded, err := chat.Seed(t.Context(), n.backend.Open(t), chat.Seeding{People: people, Messages: messages, Password: Password})
	require.NoError(t, err)
	crowd := make([]*Person, len(seeded))
	for i, s := range seeded {
		crowd[i] = n.Stranger()
		crowd[i].Username = s.Username
		crowd[i].Jar.Set(web.CookieName(n.config.Secure()), s.Token)
	}
	return crowd
}
