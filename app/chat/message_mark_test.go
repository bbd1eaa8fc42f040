package chat_test

import (
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// position is where a page is that shows everything of a conversation.
func (f *fixture) position(viewer, other *account.User) chat.Position {
	f.T.Helper()
	e := f.Between(viewer, other)
	return chat.Position{Version: e.Version, Conversation: e.ConversationID, Rev: e.Rev}
}

func (f *fixture) delta(viewer *account.User, at chat.Position) *chat.Delta {
	f.T.Helper()
	d, err := f.Delta(f.Ctx, viewer, at, false)
	require.NoError(f.T, err)
	return d
}

func TestHideIsSeenByTheViewerAlone(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.share(ann, bob, "photo")
		key := uuid.New()
		_, err := f.Send(f.Ctx, ann, bob, key, "last")
		require.NoError(t, err)
		anns, bobs := f.position(ann, bob), f.position(bob, ann)
		f.Changes()
		for _, seq := range []int64{1, 2} {
			m, err := f.Hide(f.Ctx, bob, ann, seq)
			require.NoError(t, err)
			require.True(t, m.Hidden)
			require.Equal(t, chat.Message{}.Body, m.Body)
			require.Empty(t, m.Attachments)
		}
		changes := f.Changes()
		require.Equal(t, domain.IDs(bob, bob), domain.Viewers(changes), "the partner's pages change in nothing")
		require.True(t, changes[1].Items[0].Messages[0].Hidden)
		require.True(t, changes[1].Items[0].Entry.Last.Hidden)
		require.Zero(t, changes[1].Items[0].Entry.Unread())

		d := f.delta(bob, bobs)
		require.Len(t, d.Changed, 2, "another page of the viewer finds it")
		require.True(t, d.Changed[0].Hidden)
		require.Greater(t, d.Changed[0].Rev, bobs.Rev, "no late fragment revives it")
		require.Len(t, d.Entries, 1)
		require.True(t, d.Entries[0].Last.Hidden)
		require.Empty(t, d.Entries[0].Last.Body)
		d = f.delta(ann, anns)
		require.Empty(t, d.Changed)
		require.Empty(t, d.Entries)
		require.Equal(t, anns.Version, d.Version)

		for _, m := range f.shown(bob, ann) {
			require.True(t, m.Hidden)
			require.Empty(t, m.Body)
			require.Zero(t, m.Files)
		}
		rows := f.shown(ann, bob)
		require.Equal(t, "last", rows[1].Body)
		require.Len(t, rows[0].Attachments, 1)
		require.Equal(t, "last", f.Between(ann, bob).Last.Body)
		_, err = f.File(f.Ctx, bob, "photo")
		require.Equal(t, errs.NotFound, errs.CodeOf(err))
		_, err = f.File(f.Ctx, ann, "photo")
		require.NoError(t, err)
		_, err = f.Message(f.Ctx, bob, ann, 2)
		require.Equal(t, errs.NotFound, errs.CodeOf(err))

		again, err := f.Hide(f.Ctx, bob, ann, 2)
		require.NoError(t, err, "twice is harmless")
		require.True(t, again.Hidden)
		require.Empty(t, f.Changes())
		for _, do := range []func() (*chat.Message, error){
			func() (*chat.Message, error) { return f.React(f.Ctx, bob, ann, 2, "👍") },
			func() (*chat.Message, error) { return f.React(f.Ctx, bob, ann, 2, "") },
			func() (*chat.Message, error) { return f.Save(f.Ctx, bob, ann, 2, true) },
			func() (*chat.Message, error) { return f.Delete(f.Ctx, bob, ann, 2) },
			func() (*chat.Message, error) { return f.Edit(f.Ctx, bob, ann, 2, 2, "x") },
		} {
			f.refused(do())(errs.NotFound, "There is no such message.")
		}

		_, err = f.Hide(f.Ctx, ann, bob, 2)
		require.NoError(t, err)
		repeated, err := f.Send(f.Ctx, ann, bob, key, "last")
		require.NoError(t, err)
		require.True(t, repeated.Hidden)
		require.Equal(t, key, repeated.Key, "the outbox waits for the key")
		f.Say(ann, bob, "news")
		require.EqualValues(t, 1, domain.Ptr(f.Between(bob, ann)).Unread())
	})
}

// Both of a removed pair still decide about their own pages.
func TestHideAndSaveNeedNoContact(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "one")
		f.Say(ann, bob, "two")
		_, err := f.Block(f.Ctx, ann, bob)
		require.NoError(t, err)
		for _, u := range [][2]*account.User{{ann, bob}, {bob, ann}} {
			saved, err := f.Save(f.Ctx, u[0], u[1], 1, true)
			require.NoError(t, err)
			require.True(t, saved.Saved)
			_, err = f.Hide(f.Ctx, u[0], u[1], 2)
			require.NoError(t, err)
		}
	})
}

func TestSaveSetsTheWishedState(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "one")
		bobs := f.position(bob, ann)
		f.Changes()
		for _, wish := range []bool{false, true, true, false, false, true} {
			m, err := f.Save(f.Ctx, bob, ann, 1, wish)
			require.NoError(t, err)
			require.Equal(t, wish, m.Saved)
			require.Equal(t, "one", m.Body)
			d := f.delta(bob, bobs)
			if d.Rev != bobs.Rev {
				require.Equal(t, wish, d.Changed[0].Saved, "another page finds both")
			}
			bobs = f.position(bob, ann)
			require.False(t, f.shown(ann, bob)[0].Saved)
		}
		require.Len(t, f.Changes(), 3, "repeats change nothing")
		require.Equal(t, 1, f.Count("SELECT count(*) FROM message_marks"))
	})
}

func TestSavedListIsPaged(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		const all = 2*chat.PageSize + 10
		var want []string
		for i := range all {
			other := []*account.User{bob, cyd}[i%2]
			m := f.Say(other, ann, domain.Numbered("m", all)[i])
			_, err := f.Save(f.Ctx, ann, other, m.Seq, true)
			require.NoError(t, err)
			want = append([]string{other.Username + " " + m.Body}, want...)
		}
		f.Exec("UPDATE message_marks SET saved_at = (SELECT max(saved_at) FROM message_marks) WHERE saved_at < (SELECT max(saved_at) FROM message_marks) AND seq > 20")
		walk := func(viewer *account.User) (found []string) {
			for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
				hits, err := f.Saved(f.Ctx, viewer, cursor)
				require.NoError(t, err)
				require.LessOrEqual(t, len(hits.List), chat.PageSize)
				for _, hit := range hits.List {
					found = append(found, hit.Other.Username+" "+hit.Message.Body)
				}
				cursor = hits.Next
			}
			return found
		}
		require.ElementsMatch(t, want, walk(ann), "each once, also those saved at one moment")
		require.Equal(t, want[len(want)-20:], walk(ann)[len(want)-20:], "the latest first")
		require.Empty(t, walk(bob))

		_, err := f.Delete(f.Ctx, bob, ann, 1)
		require.NoError(t, err)
		_, err = f.Hide(f.Ctx, ann, cyd, 1)
		require.NoError(t, err)
		_, err = f.Save(f.Ctx, ann, cyd, 2, false)
		require.NoError(t, err)
		f.Exec("UPDATE messages SET expires_at = created_at WHERE seq = 3")
		require.Len(t, walk(ann), all-5)
		for _, cursor := range []string{"x", "1.2", "1.2.3.4", "-.1.1", "1.1.99999999999999999999", "-1y2p0ij32e8e7.1.1", "1y2p0ij32e8e7.1.1", "1.-1.1"} {
			_, err := f.Saved(f.Ctx, ann, cursor)
			require.Equal(t, errs.NotFound, errs.CodeOf(err), cursor)
		}
	})
}
