package chat_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// withFile sends a message with files, which have one byte each.
func (f *fixture) withFile(from, to *account.User, body string, ids ...string) *chat.Message {
	f.T.Helper()
	for _, id := range ids {
		_, err := f.AddAttachment(f.Ctx, from, id, attachment.Stored{
			Name: id + ".png", Type: "image/png", Blob: "blob" + id, Size: 1, SHA256: []byte{1}, Width: 2, Height: 3,
		})
		require.NoError(f.T, err)
	}
	m, err := f.Send(f.Ctx, from, to, uuid.New(), body, ids...)
	require.NoError(f.T, err)
	return m
}

func (f *fixture) last(u, other *account.User) *chat.Message {
	f.T.Helper()
	return f.at(u, other, f.Between(u, other).Seq)
}

func TestForwardIsANewMessage(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd, dan := f.User("anna"), f.User("bobby"), f.User("cydney"), f.User("daniel")
		for _, u := range []*account.User{ann, cyd, dan} {
			f.Contacts(bob, u)
		}
		f.Say(dan, bob, "not read yet")
		source := f.withFile(ann, bob, "look", "second", "first")
		f.Exec("UPDATE attachments SET preview = 'ready' WHERE id = 'second'")
		pages := f.pages([]*account.User{ann, bob, cyd, dan})
		f.Changes()
		f.Exec("DELETE FROM test_jobs")
		key := uuid.New()
		require.NoError(t, f.Forward(f.Ctx, bob, ann, source.Seq, []*account.User{dan, cyd, dan}, key))
		var keys []uuid.UUID
		for _, u := range []*account.User{cyd, dan} {
			m := f.last(u, bob)
			keys = append(keys, m.Key)
			require.Equal(t, []any{"look", true, bob.ID, 2, 2}, []any{m.Body, m.Forwarded, m.SenderID, m.Files, m.Images})
			for i, a := range m.Attachments {
				was := source.Attachments[i]
				require.NotEqual(t, was.ID, a.ID)
				require.Equal(t, []any{bob.ID, was.Name, was.Blob, was.Size, was.SHA256, i}, []any{a.OwnerID, a.Name, a.Blob, a.Size, a.SHA256, a.Position})
				file, err := f.File(f.Ctx, u, a.ID)
				require.NoError(t, err)
				require.Equal(t, was.Blob, file.Blob)
			}
			require.Equal(t, attachment.PreviewReady, m.Attachments[0].Preview)
			require.Equal(t, attachment.PreviewPending, m.Attachments[1].Preview)
			for _, query := range []string{"look", "first.png"} {
				hits, err := f.Find(f.Ctx, u, query, bob, "")
				require.NoError(t, err)
				require.Len(t, hits.List, 1, query)
			}
		}
		require.Equal(t, 1, f.Count("SELECT count(*) FROM test_jobs WHERE kind = 'preview_turn' AND args LIKE ?", fmt.Sprintf("%%:%d}", bob.ID)), "the other one needs a preview")
		require.NotEqual(t, keys[0], keys[1])
		require.NotContains(t, keys, key)
		require.EqualValues(t, 1, unread(f.Between(bob, dan)), "it reads nothing")
		_, err := f.File(f.Ctx, cyd, source.Attachments[0].ID)
		require.Equal(t, errs.NotFound, errs.CodeOf(err), "the source is not theirs")
		changes := f.Changes()
		require.Equal(t, domain.IDs(bob, cyd, dan), domain.Viewers(changes))
		pages.show(t, changes)
		pages.compare(f, ann, bob, cyd, dan)

		for range 2 { // also when the source is gone
			require.NoError(t, f.Forward(f.Ctx, bob, ann, source.Seq, []*account.User{cyd, dan}, key))
			require.Equal(t, keys, []uuid.UUID{f.last(cyd, bob).Key, f.last(dan, bob).Key})
			require.Equal(t, 4, f.Count("SELECT count(*) FROM attachments WHERE owner_id = ?", bob.ID))
			_, err := f.Delete(f.Ctx, ann, bob, source.Seq)
			require.NoError(t, err)
		}
		other := f.Say(ann, bob, "another")
		domain.WrongField(t, f.Forward(f.Ctx, bob, ann, other.Seq, []*account.User{cyd}, key), "key")
	})
}

func TestForwardIsRefused(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd, dan, eve := f.User("anna"), f.User("bobby"), f.User("cydney"), f.User("daniel"), f.User("evelyn")
		for _, u := range []*account.User{ann, cyd, dan} {
			f.Contacts(bob, u)
		}
		f.timer(ann, bob, 0)
		f.timer(ann, bob, day)
		notice := f.Between(ann, bob).Seq
		expired := f.withFile(ann, bob, "soon gone", "gone")
		f.pass(day)
		hidden, deleted := f.Say(ann, bob, "hidden"), f.Say(ann, bob, "deleted")
		_, err := f.Hide(f.Ctx, bob, ann, hidden.Seq)
		require.NoError(t, err)
		_, err = f.Delete(f.Ctx, ann, bob, deleted.Seq)
		require.NoError(t, err)
		good := f.withFile(ann, bob, "look", "file")
		before := f.Count("SELECT count(*) FROM messages")
		try := func(seq int64, to ...*account.User) error { return f.Forward(f.Ctx, bob, ann, seq, to, uuid.New()) }
		for what, c := range map[string]struct {
			code errs.Code
			err  error
		}{
			"none":           {errs.NotFound, try(99, cyd)},
			"zero":           {errs.NotFound, try(0, cyd)},
			"hidden":         {errs.NotFound, try(hidden.Seq, cyd)},
			"deleted":        {errs.Refused, try(deleted.Seq, cyd)},
			"expired":        {errs.Refused, try(expired.Seq, cyd)},
			"a notice":       {errs.Refused, try(notice, cyd)},
			"a stranger's":   {errs.NotFound, f.Forward(f.Ctx, bob, eve, 1, []*account.User{cyd}, uuid.New())},
			"to a stranger":  {errs.Refused, try(good.Seq, cyd, eve)},
			"to oneself":     {errs.Refused, try(good.Seq, bob)},
			"to where it is": {errs.Invalid, try(good.Seq, cyd, ann)},
			"to none":        {errs.Invalid, try(good.Seq)},
			"to too many":    {errs.Invalid, try(good.Seq, f.Users(domain.Numbered("other", chat.MaxForward+1)...)...)},
		} {
			require.Equal(t, c.code, errs.CodeOf(c.err), "%s: %v", what, c.err)
		}
		_, err = f.Block(f.Ctx, cyd, bob)
		require.NoError(t, err)
		require.Equal(t, errs.Refused, errs.CodeOf(try(good.Seq, dan, cyd)), "one has blocked them: none gets it")
		_, err = f.Block(f.Ctx, ann, bob)
		require.NoError(t, err)
		require.Equal(t, errs.Refused, errs.CodeOf(try(good.Seq, dan)), "the author has blocked them")
		require.Equal(t, before, f.Count("SELECT count(*) FROM messages"))
		require.Equal(t, 2, f.Count("SELECT count(*) FROM attachments"))
	})
}

// A forwarded file counts for the person who forwards it.
func TestForwardedFilesTakeRoom(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd, dan := f.User("anna"), f.User("bobby"), f.User("cydney"), f.User("daniel")
		for _, u := range []*account.User{ann, cyd, dan} {
			f.Contacts(bob, u)
		}
		source := f.withFile(ann, bob, "", "file")
		require.NoError(t, f.Forward(f.Ctx, bob, ann, source.Seq, []*account.User{cyd}, uuid.New()))
		err := f.Forward(f.Ctx, bob, ann, source.Seq, []*account.User{cyd, dan}, uuid.New())
		require.Equal(t, errs.TooLarge, errs.CodeOf(err), "%v", err)
		require.Zero(t, f.Between(dan, bob).Seq)
		require.NoError(t, f.Forward(f.Ctx, bob, ann, source.Seq, []*account.User{dan}, uuid.New()))
		require.Equal(t, 2, f.Count("SELECT sum(size) FROM attachments WHERE owner_id = ?", bob.ID))
	}, func(o *domain.Options) { o.Quota = 2 })
}

// A blob goes with the last of the messages that have it, in whatever order and way they go.
func TestForwardedFilesAreRemovedWithTheLastMessage(t *testing.T) {
	everywhere(t, func(f *fixture) {
		people := f.Users("anna", "bobby", "cydney")
		ann, bob, cyd := people[0], people[1], people[2]
		for n, remove := range []func(source, copied *chat.Message) error{
			func(source, copied *chat.Message) error {
				_, err := f.Delete(f.Ctx, ann, bob, source.Seq)
				require.Empty(t, f.dropped())
				_, err2 := f.Delete(f.Ctx, bob, cyd, copied.Seq)
				return errors.Join(err, err2)
			},
			func(source, copied *chat.Message) error {
				_, err := f.Delete(f.Ctx, bob, cyd, copied.Seq)
				require.Empty(t, f.dropped())
				f.Exec("UPDATE messages SET expires_at = created_at WHERE conversation_id = ? AND seq = ?", source.ConversationID, source.Seq)
				require.Equal(t, 1, f.expire())
				return err
			},
			func(source, _ *chat.Message) error { // both people of a conversation leave
				require.NoError(t, f.DeleteAccount(f.Ctx, bob, domain.Password))
				require.NoError(t, f.DeleteAccount(f.Ctx, ann, domain.Password))
				require.Empty(t, f.dropped(), "the third has the file")
				return f.DeleteAccount(f.Ctx, cyd, domain.Password)
			},
		} {
			if n == 0 {
				f.Contacts(bob, ann)
				f.Contacts(bob, cyd)
			}
			id := fmt.Sprint("file", n)
			source := f.withFile(ann, bob, "", id)
			require.NoError(t, f.Forward(f.Ctx, bob, ann, source.Seq, []*account.User{cyd}, uuid.New()))
			copied := f.last(cyd, bob)
			f.Jobs()
			require.NoError(t, remove(source, copied), "case %d", n)
			require.Equal(t, []string{"blob" + id}, f.dropped(), "case %d: once", n)
		}
	})
}

// Of two messages with the same file that are deleted at the same time one is the last.
func TestLastMessagesOfAFileAreDeletedAtOnce(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(bob, ann)
		f.Contacts(bob, cyd)
		for n := range 15 {
			id := fmt.Sprint("file", n)
			source := f.withFile(ann, bob, "", id)
			require.NoError(t, f.Forward(f.Ctx, bob, ann, source.Seq, []*account.User{cyd}, uuid.New()))
			copied := f.last(cyd, bob)
			f.Jobs()
			for _, err := range domain.Race(2, func(i int) (err error) {
				if i == 0 {
					_, err = nodes[0].Delete(f.Ctx, ann, bob, source.Seq)
				} else {
					_, err = nodes[1].Delete(f.Ctx, bob, cyd, copied.Seq)
				}
				return err
			}) {
				require.NoError(t, err)
			}
			require.Equal(t, []string{"blob" + id}, f.dropped(), "round %d: once", n)
		}
	})
}

// A message that is deleted while it is forwarded is either forwarded, and its file stays, or refused.
func TestForwardRacesDelete(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(bob, ann)
		f.Contacts(bob, cyd)
		for n := range 15 {
			id := fmt.Sprint("file", n)
			source := f.withFile(ann, bob, "", id)
			f.Jobs()
			outcomes := domain.Race(2, func(i int) (err error) {
				if i == 0 {
					_, err = nodes[0].Delete(f.Ctx, ann, bob, source.Seq)
					return err
				}
				return nodes[1].Forward(f.Ctx, bob, ann, source.Seq, []*account.User{cyd}, uuid.New())
			})
			require.NoError(t, outcomes[0])
			kept := f.Count("SELECT count(*) FROM attachments WHERE blob = ?", "blob"+id)
			require.Equal(t, outcomes[1] == nil, kept == 1, "%v", outcomes[1])
			require.Equal(t, kept == 0, slices.Contains(f.dropped(), "blob"+id))
		}
	})
}

// Three who forward to each other in a circle lock the same pairs, files and people, and none waits for ever.
func TestForwardsInACircle(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		people := f.Users("anna", "bobby", "cydney")
		seqs := map[[2]int]int64{}
		for i := range 3 {
			f.Contacts(people[i], people[(i+1)%3])
		}
		for i := range 3 {
			seqs[[2]int{i, (i + 1) % 3}] = f.withFile(people[i], people[(i+1)%3], "", fmt.Sprint("file", i)).Seq
		}
		began := time.Now()
		for _, err := range domain.Race(30, func(i int) error {
			from, over, to := i%3, (i+1)%3, (i+2)%3
			if i%2 == 0 {
				_, err := nodes[0].Send(f.Ctx, people[from], people[over], uuid.New(), "x")
				return err
			}
			return nodes[i/3%2].Forward(f.Ctx, people[over], people[from], seqs[[2]int{from, over}], []*account.User{people[to]}, uuid.New())
		}) {
			require.NoError(t, err, time.Since(began))
		}
		require.Equal(t, 15, f.Count("SELECT count(*) FROM messages WHERE forwarded"))
		require.Equal(t, 3+15, f.Count("SELECT count(*) FROM attachments"))
	})
}

// What is stored together has an order in the sidebar, whichever way a page learns of it.
func TestTimesInABatchDiffer(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		var to []*account.User
		for i := range 5 {
			to = append(to, f.User(fmt.Sprintf("contact%d", i)))
			f.Contacts(bob, to[i])
		}
		source := f.Say(ann, bob, "for all")
		require.NoError(t, f.Forward(f.Ctx, bob, ann, source.Seq, to, uuid.New()))
		for i, u := range to[1:] {
			require.True(t, f.Between(bob, u).ShownAt.After(f.Between(bob, to[i]).ShownAt), "the last is on top")
		}
	})
}
