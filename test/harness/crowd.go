package harness

import (
	"testing"

	"dchat/app/chat"
	"dchat/app/web"
	"dchat/db"

	"github.com/stretchr/testify/require"
)

// Open is the database itself, to look at the truth behind the pages.
func (b *Backend) Open(t *testing.T) *db.DB {
	t.Helper()
	database, err := db.Open(t.Context(), b.DSN())
	require.NoError(t, err)
	t.Cleanup(func() { _ = database.Close() })
	return database
}

// Crowd makes many signed-in people at once, at the cost of one: 2k and 2k+1 are contacts, who have
// written each other so many messages. A database takes one crowd.
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
