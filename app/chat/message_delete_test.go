package chat_test

import (
	"slices"
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func sortedChanges(changes []chat.Change) []chat.Change {
	slices.SortStableFunc(changes, func(a, b chat.Change) int { return int(a.From - b.From) })
	return changes
}

func TestDeletedMessageIsTombstoneForBoth(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		key := uuid.New()
		m, err := f.Send(f.Ctx, ann, bob, key, "secret")
		require.NoError(t, err)
		m, err = f.Edit(f.Ctx, ann, bob, m.Seq, m.Rev, "secret 2")
		require.NoError(t, err)
		_, err = f.React(f.Ctx, bob, ann, m.Seq, "👍")
		require.NoError(t, err)
		_, err = f.Save(f.Ctx, bob, ann, m.Seq, true)
		require.NoError(t, err)
		require.EqualValues(t, 1, domain.Ptr(f.Between(bob, ann)).Unread())
		f.Changes()
		gone, err := f.Delete(f.Ctx, ann, bob, m.Seq)
		require.NoError(t, err)
		require.False(t, gone.DeletedAt.IsZero())
		require.Equal(t, key, gone.Key)
		changes := f.Changes()
		require.Equal(t, domain.IDs(ann, bob), domain.Viewers(changes))
		for _, c := range changes {
			row, e := c.Items[0].Messages[0], c.Items[0].Entry
			require.True(t, row.Gone())
			require.Empty(t, row.Body)
			require.False(t, row.Saved)
			require.Empty(t, row.Reactions)
			require.False(t, e.Last.DeletedAt.IsZero(), "the last line tells it")
			require.Zero(t, e.Unread(), "what is gone is not unread")
		}
		require.Zero(t, domain.Ptr(f.Between(bob, ann)).Unread())
		for _, table := range []string{"message_edits", "reactions"} {
			require.Zero(t, f.Count("SELECT count(*) FROM "+table), table)
		}
		require.Zero(t, f.Count("SELECT count(*) FROM messages WHERE body LIKE '%secret%'"))
		again, err := f.Delete(f.Ctx, ann, bob, m.Seq)
		require.NoError(t, err, "twice is harmless")
		require.Equal(t, gone.Rev, again.Rev)
		require.Empty(t, f.Changes())
		repeated, err := f.Send(f.Ctx, ann, bob, key, "secret")
		require.NoError(t, err, "its key is used for good")
		require.True(t, repeated.Gone())
		require.Equal(t, key, repeated.Key)
		_, err = f.Send(f.Ctx, ann, bob, key, "another")
		domain.WrongField(t, err, "key")
		f.refused(f.Edit(f.Ctx, ann, bob, m.Seq, gone.Rev, "back"))(errs.Refused, "This message was deleted.")
		f.refused(f.React(f.Ctx, bob, ann, m.Seq, "👍"))(errs.Refused, "This message was deleted.")
		f.refused(f.Save(f.Ctx, ann, bob, m.Seq, true))(errs.Refused, "This message was deleted.")
	})
}

func TestDeleteRules(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		m := f.Say(ann, bob, "hello")
		f.Changes()
		f.refused(f.Delete(f.Ctx, bob, ann, m.Seq))(errs.Refused, "Only one's own messages can be deleted for everyone.")
		f.refused(f.Delete(f.Ctx, ann, bob, 2))(errs.NotFound, "There is no such message.")
		f.refused(f.Delete(f.Ctx, cyd, ann, m.Seq))(errs.NotFound, "There is no such message.")
		_, err := f.Remove(f.Ctx, bob, ann)
		require.NoError(t, err)
		f.Changes()
		f.refused(f.Delete(f.Ctx, ann, bob, m.Seq))(errs.Refused, "You and bobby are not contacts. A message needs an accepted chat request.")
	})
}

// Files go with the message in its transaction, but for those to which another attachment refers.
func TestDeleteRemovesFiles(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.share(ann, bob, "first")
		f.share(ann, bob, "second")
		f.share(ann, bob, "third")
		f.Exec("UPDATE attachments SET blob = 'shared' WHERE id IN ('second', 'third')")
		f.Jobs()
		f.Changes()
		f.Jam(true)
		_, err := f.Delete(f.Ctx, ann, bob, 1)
		require.ErrorIs(t, err, domain.ErrJammed)
		f.Jam(false)
		require.Empty(t, f.Changes())
		require.Equal(t, 3, f.Count("SELECT count(*) FROM attachments"))
		require.False(t, f.shown(bob, ann)[0].Gone())
		for seq, want := range [][]string{{"first"}, nil, {"shared"}} {
			_, err := f.Delete(f.Ctx, ann, bob, int64(seq+1))
			require.NoError(t, err)
			require.Equal(t, want, f.dropped())
		}
		require.Zero(t, f.Count("SELECT count(*) FROM attachments"))
		for _, u := range []*account.User{ann, bob} {
			_, err := f.File(f.Ctx, u, "first")
			require.Equal(t, errs.NotFound, errs.CodeOf(err))
		}
		for _, m := range f.shown(ann, bob) {
			require.Zero(t, m.Files)
		}
	})
}

// Two messages with the same file that go at the same time: it is removed once.
func TestLastReferenceRemovesFile(t *testing.T) {
	everywhere(t, func(f *fixture) {
		people := f.Users("anna", "bobby", "cydney")
		ann, bob, cyd := people[0], people[1], people[2]
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		nodes := f.Both()
		for seq := range int64(5) {
			names := domain.Numbered(string(rune('a'+seq)), 2)
			f.share(ann, bob, names[0])
			f.share(ann, cyd, names[1])
			f.Exec("UPDATE attachments SET blob = ? WHERE id IN (?, ?)", names[0], names[0], names[1])
			f.Jobs()
			for _, err := range domain.Race(2, func(i int) error {
				_, err := nodes[i].Delete(f.Ctx, ann, []*account.User{bob, cyd}[i], seq+1)
				return err
			}) {
				require.NoError(t, err)
			}
			require.Equal(t, names[:1], f.dropped())
		}
	})
}
