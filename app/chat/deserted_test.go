package chat_test

import (
	"testing"

	"dchat/app/chat"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// share sends a file.
func (w *world) share(from, to *chat.User, name string) {
	w.t.Helper()
	a, err := w.AddAttachment(w.ctx, from, name, chat.Stored{Name: name, Type: "text/plain", Blob: name, Size: 1, SHA256: []byte{1}})
	require.NoError(w.t, err)
	_, err = w.Send(w.ctx, from, to, uuid.New(), "", a.ID)
	require.NoError(w.t, err)
}

// dropped are the files that jobs are to delete, but for the previews that may be there.
func (w *world) dropped() (names []string) {
	for _, job := range w.jobs() {
		if drop, ok := job.(chat.BlobJob); ok {
			require.Zero(w.t, len(drop.Blobs)%3)
			for i := 0; i < len(drop.Blobs); i += 3 {
				require.Equal(w.t, drop.Blobs[i]+".640", drop.Blobs[i+1])
				names = append(names, drop.Blobs[i])
			}
		}
	}
	return names
}

// Files outlive whoever sent them, as their words do: until nobody is left to whom they were sent.
func TestFilesStayAsLongAsSomebodyIsThere(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
		w.contacts(ann, bob)
		w.contacts(ann, cyd)
		w.share(ann, bob, "ann to bob")
		w.share(bob, ann, "bob to ann")
		w.share(ann, cyd, "ann to cyd")
		_, err := w.AddAttachment(w.ctx, ann, "loose", chat.Stored{Name: "loose", Type: "text/plain", Blob: "loose", Size: 1, SHA256: []byte{1}})
		require.NoError(w.t, err)
		w.jobs()

		require.NoError(w.t, w.DeleteAccount(w.ctx, ann, password))
		require.Equal(w.t, []string{"loose"}, w.dropped())
		for _, name := range []string{"ann to bob", "bob to ann"} {
			file, err := w.File(w.ctx, bob, name)
			require.NoError(w.t, err)
			require.Equal(w.t, name, file.Blob)
		}
		require.NoError(w.t, w.DeleteAccount(w.ctx, bob, password))
		require.ElementsMatch(w.t, []string{"ann to bob", "bob to ann"}, w.dropped())
		known, err := w.KnownBlobs(w.ctx, []string{"ann to bob", "bob to ann", "ann to cyd"})
		require.NoError(w.t, err)
		require.Equal(w.t, map[string]bool{"ann to cyd": true}, known)
		_, err = w.File(w.ctx, cyd, "ann to cyd")
		require.NoError(w.t, err)
	})
}

// rowsOf are how many rows there are of a conversation.
func (w *world) rowsOf(id int64) int {
	return w.count("SELECT (SELECT count(*) FROM messages WHERE conversation_id = ?) + (SELECT count(*) FROM memberships WHERE conversation_id = ?) + (SELECT count(*) FROM attachments WHERE conversation_id = ?) + (SELECT count(*) FROM conversations WHERE id = ?)", id, id, id, id)
}

func TestAConversationEndsWithBothAccounts(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
		w.contacts(ann, bob)
		w.contacts(ann, cyd)
		w.say(ann, bob, "a secret")
		w.share(bob, ann, "file")
		w.say(ann, cyd, "hello")
		both, other := w.between(ann, bob).ConversationID, w.between(ann, cyd).ConversationID
		require.NoError(t, w.DeleteAccount(w.ctx, ann, password))
		require.NotZero(w.t, w.rowsOf(both))
		require.Contains(w.t, w.bodies(bob, ann), "a secret")
		w.jobs()
		require.NoError(t, w.DeleteAccount(w.ctx, bob, password))
		require.Zero(w.t, w.rowsOf(both))
		require.Equal(w.t, []string{"file"}, w.dropped())
		require.NotZero(w.t, w.rowsOf(other))
	})
}

// Releases before this one kept what nobody could read any more.
func TestDesertedConversationsAreSwept(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
		w.contacts(ann, bob)
		w.contacts(bob, cyd)
		w.say(ann, bob, "a secret")
		w.share(bob, ann, "file")
		both, other := w.between(ann, bob).ConversationID, w.between(bob, cyd).ConversationID
		w.exec("UPDATE users SET deleted_at = created_at WHERE id IN (?, ?)", ann.ID, bob.ID)
		w.jobs()
		require.NoError(w.t, w.Sweep(w.ctx))
		require.Zero(w.t, w.rowsOf(both))
		require.NotZero(w.t, w.rowsOf(other))
		require.Equal(w.t, []string{"file"}, w.dropped())
	})
}
