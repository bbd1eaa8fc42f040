package chat_test

import (
	"slices"
	"testing"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/store"
	"dchat/db"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// share sends a file.
func (f *fixture) share(from, to *account.User, name string) {
	f.T.Helper()
	a, err := f.AddAttachment(f.Ctx, from, name, attachment.Stored{Name: name, Type: "text/plain", Blob: name, Size: 1, SHA256: []byte{1}})
	require.NoError(f.T, err)
	_, err = f.Send(f.Ctx, from, to, uuid.New(), "", a.ID)
	require.NoError(f.T, err)
}

// dropped are the files that jobs are to delete, but for the previews that may be there.
func (f *fixture) dropped() (names []string) {
	for _, job := range f.Jobs() {
		if drop, ok := job.(store.BlobJob); ok {
			require.Zero(f.T, len(drop.Blobs)%3)
			for i := 0; i < len(drop.Blobs); i += 3 {
				require.Equal(f.T, drop.Blobs[i]+".640", drop.Blobs[i+1])
				names = append(names, drop.Blobs[i])
			}
		}
	}
	return names
}

// Files outlive the account of their sender, as messages do: until both accounts are deleted.
func TestFilesStayUntilBothAccountsAreDeleted(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		f.share(ann, bob, "ann to bob")
		f.share(bob, ann, "bob to ann")
		f.share(ann, cyd, "ann to cyd")
		_, err := f.AddAttachment(f.Ctx, ann, "loose", attachment.Stored{Name: "loose", Type: "text/plain", Blob: "loose", Size: 1, SHA256: []byte{1}})
		require.NoError(f.T, err)
		f.Jobs()

		require.NoError(f.T, f.DeleteAccount(f.Ctx, ann, domain.Password))
		require.Equal(f.T, []string{"loose"}, f.dropped())
		for _, name := range []string{"ann to bob", "bob to ann"} {
			file, err := f.File(f.Ctx, bob, name)
			require.NoError(f.T, err)
			require.Equal(f.T, name, file.Blob)
		}
		require.NoError(f.T, f.DeleteAccount(f.Ctx, bob, domain.Password))
		require.ElementsMatch(f.T, []string{"ann to bob", "bob to ann"}, f.dropped())
		known, err := f.KnownBlobs(f.Ctx, []string{"ann to bob", "bob to ann", "ann to cyd"})
		require.NoError(f.T, err)
		require.Equal(f.T, map[string]bool{"ann to cyd": true}, known)
		_, err = f.File(f.Ctx, cyd, "ann to cyd")
		require.NoError(f.T, err)
	})
}

// rowsOf are how many rows there are of a conversation, in all tables.
func (f *fixture) rowsOf(id int64) int {
	f.T.Helper()
	tables, err := db.Tables(f.Ctx, f.DB.Read())
	require.NoError(f.T, err)
	n, found := f.Count("SELECT count(*) FROM conversations WHERE id = ?", id), 0
	for _, table := range tables {
		if slices.ContainsFunc(table.Columns, func(c db.Column) bool { return c.Name == "conversation_id" }) {
			n += f.Count("SELECT count(*) FROM ? WHERE conversation_id = ?", bun.Ident(table.Name), id)
			found++
		}
	}
	require.GreaterOrEqual(f.T, found, 6)
	return n
}

// live gives the last message of a conversation everything that a message can have.
func (f *fixture) live(from, to *account.User) {
	f.T.Helper()
	m := f.Say(from, to, "a secret")
	_, err := f.Edit(f.Ctx, from, to, m.Seq, m.Rev, "another secret")
	require.NoError(f.T, err)
	for _, u := range [][2]*account.User{{from, to}, {to, from}} {
		_, err = f.React(f.Ctx, u[0], u[1], m.Seq, "👍")
		require.NoError(f.T, err)
		_, err = f.Save(f.Ctx, u[0], u[1], m.Seq, true)
		require.NoError(f.T, err)
	}
}

func TestConversationEndsWithBothAccounts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		f.live(ann, bob)
		f.share(bob, ann, "file")
		f.live(ann, cyd)
		both, other := f.Between(ann, bob).ConversationID, f.Between(ann, cyd).ConversationID
		require.NoError(t, f.DeleteAccount(f.Ctx, ann, domain.Password))
		require.NotZero(f.T, f.rowsOf(both))
		require.Contains(f.T, f.Bodies(bob, ann), "another secret")
		require.Zero(t, f.Count("SELECT count(*) FROM message_marks WHERE user_id = ?", ann.ID), "what one marks is one's own")
		require.Len(t, f.at(bob, ann, 1).Reactions, 2, "what one answers stays as messages do")
		require.True(t, f.at(bob, ann, 1).Saved)
		f.Jobs()
		require.NoError(t, f.DeleteAccount(f.Ctx, bob, domain.Password))
		require.Zero(f.T, f.rowsOf(both))
		require.Equal(f.T, []string{"file"}, f.dropped())
		require.NotZero(f.T, f.rowsOf(other))
	})
}

// Releases before this one kept what nobody could read any more.
func TestConversationsOfDeletedAccountsAreSwept(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(bob, cyd)
		f.live(ann, bob)
		f.share(bob, ann, "file")
		both, other := f.Between(ann, bob).ConversationID, f.Between(bob, cyd).ConversationID
		f.Exec("UPDATE users SET deleted_at = created_at WHERE id IN (?, ?)", ann.ID, bob.ID)
		f.Jobs()
		require.NoError(f.T, f.Sweep(f.Ctx))
		require.Zero(f.T, f.rowsOf(both))
		require.NotZero(f.T, f.rowsOf(other))
		require.Equal(f.T, []string{"file"}, f.dropped())
	})
}
