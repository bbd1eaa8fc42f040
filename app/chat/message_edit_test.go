package chat_test

import (
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// refused makes sure that an action is refused with a sentence, and changes nothing.
func (f *fixture) refused(m *chat.Message, err error) func(code errs.Code, sentence string) {
	f.T.Helper()
	return func(code errs.Code, sentence string) {
		f.T.Helper()
		require.Error(f.T, err)
		require.Nil(f.T, m)
		require.Equal(f.T, code, errs.CodeOf(err), "%v", err)
		require.Equal(f.T, sentence, err.Error())
		require.Empty(f.T, f.Changes())
	}
}

// shown are all messages as a page of viewer shows them.
func (f *fixture) shown(viewer, other *account.User) []chat.Message {
	f.T.Helper()
	page, err := f.Before(f.Ctx, viewer, f.Between(viewer, other).ConversationID, 0, 1000)
	require.NoError(f.T, err)
	return page.Messages
}

func TestEditIsSeenByBoth(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		key := uuid.New()
		m, err := f.Send(f.Ctx, ann, bob, key, "helo")
		require.NoError(t, err)
		f.Say(bob, ann, "what?")
		f.Changes()
		edited, err := f.Edit(f.Ctx, ann, bob, m.Seq, m.Rev, " hello \n")
		require.NoError(t, err)
		require.Equal(t, " hello", edited.Body)
		require.EqualValues(t, 3, edited.Rev)
		require.False(t, edited.EditedAt.IsZero())
		changes := f.Changes()
		require.Equal(t, domain.IDs(ann, bob), domain.Viewers(changes))
		for _, c := range changes {
			require.Equal(t, c.From+1, c.To)
			rows := c.Items[0].Messages
			require.Len(t, rows, 1)
			require.Equal(t, edited.Body, rows[0].Body)
			require.Equal(t, edited.Rev, c.Items[0].Entry.Rev)
			require.Equal(t, "what?", c.Items[0].Entry.Last.Body)
		}
		for _, u := range []*account.User{ann, bob} {
			versions, err := f.Edits(f.Ctx, edited)
			require.NoError(t, err)
			require.Len(t, versions, 1, u.Username)
			require.Equal(t, "helo", versions[0].Body)
			require.True(t, versions[0].WrittenAt.Equal(m.CreatedAt))
		}
		again, err := f.Edit(f.Ctx, ann, bob, m.Seq, edited.Rev, "hello!")
		require.NoError(t, err)
		versions, err := f.Edits(f.Ctx, again)
		require.NoError(t, err)
		require.Equal(t, []string{"helo", " hello"}, []string{versions[0].Body, versions[1].Body}, "the oldest first")
		require.True(t, versions[1].WrittenAt.Equal(edited.EditedAt))
		repeated, err := f.Send(f.Ctx, ann, bob, key, "helo")
		require.NoError(t, err)
		require.Equal(t, "hello!", repeated.Body, "a repeated key is answered with the message as it now is")
	})
}

func TestStaleEditIsRefused(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		m := f.Say(ann, bob, "one")
		_, err := f.React(f.Ctx, bob, ann, m.Seq, "👍")
		require.NoError(t, err)
		_, err = f.Save(f.Ctx, ann, bob, m.Seq, true)
		require.NoError(t, err)
		first, err := f.Edit(f.Ctx, ann, bob, m.Seq, m.Rev, "two")
		require.NoError(t, err, "a reaction or a mark does not make an edit stale")
		require.EqualValues(t, 4, first.Rev)
		f.Changes()
		for _, rev := range []int64{0, m.Rev, 2, 3} {
			f.refused(f.Edit(f.Ctx, ann, bob, m.Seq, rev, "three"))(errs.Refused, "This message was edited elsewhere meanwhile.")
			same, err := f.Edit(f.Ctx, ann, bob, m.Seq, rev, "two")
			require.NoError(t, err, "its text is there already")
			require.Equal(t, first.Rev, same.Rev)
			require.Empty(t, f.Changes())
		}
		_, err = f.Edit(f.Ctx, ann, bob, m.Seq, first.Rev, "three")
		require.NoError(t, err)
		saved, err := f.Save(f.Ctx, ann, bob, m.Seq, false)
		require.NoError(t, err)
		require.EqualValues(t, 6, saved.Rev, "the row that the sender sees has the revision of the mark")
		_, err = f.Edit(f.Ctx, ann, bob, m.Seq, saved.Rev, "four")
		require.NoError(t, err)
	})
}

func TestEditRules(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		m := f.Say(ann, bob, "hello")
		f.Changes()
		for _, who := range [][2]*account.User{{bob, ann}} {
			f.refused(f.Edit(f.Ctx, who[0], who[1], m.Seq, m.Rev, "x"))(errs.Refused, "Only one's own messages can be edited.")
		}
		f.refused(f.Edit(f.Ctx, ann, bob, 99, m.Rev, "x"))(errs.NotFound, "There is no such message.")
		f.refused(f.Edit(f.Ctx, cyd, bob, m.Seq, m.Rev, "x"))(errs.NotFound, "There is no such message.")
		for name, body := range map[string]string{"nothing": " \n", "too long": strings.Repeat("é", chat.MaxBody+1), "invisible": "\u200b", "NUL": "a\x00"} {
			_, err := f.Edit(f.Ctx, ann, bob, m.Seq, m.Rev, body)
			require.Equal(t, errs.Invalid, errs.CodeOf(err), name)
			domain.WrongField(t, err, "body")
		}
		f.share(ann, bob, "report")
		empty, err := f.Edit(f.Ctx, ann, bob, 2, 2, "see this")
		require.NoError(t, err)
		empty, err = f.Edit(f.Ctx, ann, bob, 2, empty.Rev, "")
		require.NoError(t, err, "files need no text")
		require.Len(t, empty.Attachments, 1)
		f.Exec("UPDATE messages SET created_at = ? WHERE seq = 1", time.Now().Add(-24*time.Hour).UTC())
		f.Changes()
		f.refused(f.Edit(f.Ctx, ann, bob, m.Seq, m.Rev, "x"))(errs.Refused, "This message can no longer be edited.")
		late, err := f.Message(f.Ctx, ann, bob, m.Seq)
		require.NoError(t, err)
		require.False(t, f.MayEdit(ann, late))
		require.True(t, f.MayEdit(ann, empty))
		require.False(t, f.MayEdit(bob, empty))
		never := f.Open(func(o *domain.Options) { o.EditWindow = domain.NeverEdit })
		f.refused(never.Edit(f.Ctx, ann, bob, 2, empty.Rev, "x"))(errs.Refused, "This message can no longer be edited.")
		forever := f.Open(func(o *domain.Options) { o.EditWindow = chat.NoEditLimit })
		_, err = forever.Edit(f.Ctx, ann, bob, m.Seq, m.Rev, "x")
		require.NoError(t, err)
	})
}

func TestSearchFindsWhatMessagesSayNow(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		finds := func(word string) (seqs []int64) {
			for _, u := range []*account.User{ann, bob} {
				hits, err := f.Find(f.Ctx, u, word, nil, "")
				require.NoError(t, err)
				for _, hit := range hits.List {
					seqs = append(seqs, hit.Message.Seq)
				}
			}
			return seqs
		}
		m := f.Say(ann, bob, "mountain")
		f.share(ann, bob, "harbour")
		_, err := f.Edit(f.Ctx, ann, bob, m.Seq, m.Rev, "valley")
		require.NoError(t, err)
		_, err = f.Edit(f.Ctx, ann, bob, 2, 2, "lighthouse")
		require.NoError(t, err)
		require.Empty(t, finds("mountain"))
		require.Equal(t, []int64{1, 1}, finds("valley"))
		require.Equal(t, []int64{2, 2}, finds("lighthouse"))
		require.Equal(t, []int64{2, 2}, finds("harbour"), "the names of its files stay")
		_, err = f.Delete(f.Ctx, ann, bob, 2)
		require.NoError(t, err)
		require.Empty(t, finds("lighthouse"))
		require.Equal(t, 1, f.Count("SELECT count(*) FROM message_tokens"), "the words are gone")
	})
}

// Whatever comes first under the lock of the pair wins, and the others get a sentence.
func TestEditRacesWithDeleteAndBlock(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		nodes := f.Both()
		for round := range 10 {
			m := f.Say(ann, bob, "hello")
			outcomes := domain.Race(6, func(i int) (err error) {
				switch node := nodes[i%2]; i {
				case 0:
					_, err = node.Delete(f.Ctx, ann, bob, m.Seq)
				case 1:
					_, err = node.Block(f.Ctx, bob, ann)
				case 2, 3:
					_, err = node.React(f.Ctx, bob, ann, m.Seq, "👍")
				default:
					_, err = node.Edit(f.Ctx, ann, bob, m.Seq, m.Rev, []string{"four", "five"}[i-4])
				}
				return err
			})
			require.NoError(t, outcomes[1])
			for i, err := range outcomes {
				if err != nil {
					require.Equal(t, errs.Refused, errs.CodeOf(err), "round %d, %d: %v", round, i, err)
				}
			}
			require.False(t, outcomes[4] == nil && outcomes[5] == nil, "of two edits that began from one text, one loses")
			row := f.shown(ann, bob)[m.Seq-1]
			switch {
			case outcomes[0] == nil:
				require.False(t, row.DeletedAt.IsZero())
				require.Empty(t, row.Body)
				require.Zero(t, f.Count("SELECT count(*) FROM message_edits WHERE seq = ?", m.Seq)+f.Count("SELECT count(*) FROM reactions WHERE seq = ?", m.Seq))
			case outcomes[4] == nil:
				require.Equal(t, "four", row.Body)
			case outcomes[5] == nil:
				require.Equal(t, "five", row.Body)
			default:
				require.Equal(t, "hello", row.Body)
			}
			_, err := f.Unblock(f.Ctx, bob, ann)
			require.NoError(t, err)
		}
		f.chains(ann, bob)
	})
}

// chains makes sure that the changes of each person since the last call have no gap and end at their version.
func (f *fixture) chains(people ...*account.User) {
	f.T.Helper()
	at := map[int64]int64{}
	all := f.Changes()
	for _, c := range sortedChanges(all) {
		if from, ok := at[c.Viewer.ID]; ok {
			require.Equal(f.T, from, c.From)
		}
		at[c.Viewer.ID] = c.To
	}
	versions, err := f.Versions(f.Ctx, domain.IDs(people...))
	require.NoError(f.T, err)
	require.Equal(f.T, versions, at)
}
