package chat_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestConcurrentSendsAreOrdered(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		other := f.Open() // a second node sends too
		var wg sync.WaitGroup
		for n := range 20 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				store := []*domain.Node{f.Node, other}[n%2]
				for i := range 100 {
					if _, err := store.Send(f.Ctx, ann, bob, uuid.New(), fmt.Sprintf("%d/%d", n, i)); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		wg.Wait()
		bodies := f.Bodies(bob, ann)
		require.Len(t, bodies, 2000)
		next := map[string]int{} // each sender's own messages are in the order of sending
		for _, body := range bodies {
			sender, i, _ := strings.Cut(body, "/")
			require.Equal(t, fmt.Sprint(next[sender]), i)
			next[sender]++
		}
		entry := f.Between(bob, ann)
		require.EqualValues(t, 2000, entry.Unread(), "the badge is the truth")
		require.Zero(t, domain.Ptr(f.Between(ann, bob)).Unread())
	})
}

func TestSameKeySendsOneMessage(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		other := f.Open()
		key := uuid.New()
		var wg sync.WaitGroup
		ids := make([]int64, 100)
		for i := range ids {
			wg.Add(1)
			go func() {
				defer wg.Done()
				store := []*domain.Node{f.Node, other}[i%2]
				if m, err := store.Send(f.Ctx, ann, bob, key, "once"); err != nil {
					t.Error(err)
				} else {
					ids[i] = m.ID()
				}
			}()
		}
		wg.Wait()
		require.Equal(t, []string{"once"}, f.Bodies(ann, bob))
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
	})
}

func TestKeyBelongsToItsFirstMessage(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		key := uuid.New()
		first, err := f.Send(f.Ctx, ann, bob, key, "hello")
		require.NoError(t, err)
		_, err = f.Send(f.Ctx, ann, bob, key, "something else")
		require.Equal(t, errs.Invalid, errs.CodeOf(err))
		_, err = f.Send(f.Ctx, ann, cyd, key, "hello")
		require.Equal(t, errs.Invalid, errs.CodeOf(err), "another conversation is another message")
		theirs, err := f.Send(f.Ctx, bob, ann, key, "hello")
		require.NoError(t, err)
		require.NotEqual(t, first.ID(), theirs.ID(), "keys are the sender's own")

		_, err = f.Remove(f.Ctx, bob, ann)
		require.NoError(t, err)
		again, err := f.Send(f.Ctx, ann, bob, key, "hello")
		require.NoError(t, err, "a repeated send is answered, whatever happened since")
		require.Equal(t, first.ID(), again.ID())
	})
}

func TestRefusedMessagesDoNotAffectOthers(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		_, err := f.SendRequest(f.Ctx, cyd, ann) // a pair, but no contacts
		require.NoError(t, err)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Add(2)
			go func() {
				defer wg.Done()
				if _, err := f.Send(f.Ctx, ann, bob, uuid.New(), fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			}()
			go func() {
				defer wg.Done()
				if _, err := f.Send(f.Ctx, cyd, ann, uuid.New(), fmt.Sprint(i)); errs.CodeOf(err) != errs.Refused {
					t.Errorf("a stranger's message: %v", err)
				}
			}()
		}
		wg.Wait()
		require.Len(t, f.Bodies(ann, bob), 100)
		require.Empty(t, f.Bodies(ann, cyd))
	})
}

func TestMessageBodyRules(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		for name, body := range map[string]string{
			"nothing": "", "only space": " \n\t ", "too long": strings.Repeat("é", chat.MaxBody+1),
			"NUL": "a\x00b", "broken UTF-8": "a\xffb", "zero-width space": "\u200b", "filler": "\u3164\n\u115f", "blank braille": "\u2800", "tags": "\U000e0041\U000e007f",
			"variation": "\ufe0f", "only lines": strings.Repeat("\n", 5000), "turned": "\u202e\u202c",
		} {
			_, err := f.Send(f.Ctx, ann, bob, uuid.New(), body)
			require.Equal(t, errs.Invalid, errs.CodeOf(err), name)
			domain.WrongField(t, err, "body")
		}
		require.Equal(t, "  one\ntwo", f.Say(ann, bob, " \n  one\r\ntwo\n ").Body)
		require.Len(t, f.Say(ann, bob, strings.Repeat("𝒳", chat.MaxBody)).Body, 4*chat.MaxBody)
		require.Equal(t, `'; DROP TABLE messages; -- ? ?0 \ "`, f.Say(ann, bob, `'; DROP TABLE messages; -- ? ?0 \ "`).Body)
		require.Equal(t, "\u200b.", f.Say(ann, bob, "\u200b.").Body)
		require.Len(t, f.Bodies(bob, ann), 4)
	})
}

// Versions and revisions are what pages trust: every change moves exactly the people concerned,
// by one step each, and says so.
func TestEveryVersionIsPublished(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(bob, cyd)
		f.Changes()
		start, err := f.Versions(f.Ctx, []int64{ann.ID, bob.ID, cyd.ID})
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 50 {
			for _, pair := range [][2]*account.User{{ann, bob}, {bob, ann}, {cyd, bob}} {
				wg.Add(1)
				go func() {
					defer wg.Done()
					f.Say(pair[0], pair[1], "x")
				}()
			}
		}
		wg.Wait()
		_, err = f.MarkRead(f.Ctx, bob, cyd, 50)
		require.NoError(t, err)
		at := map[int64]int64{ann.ID: start[ann.ID], bob.ID: start[bob.ID], cyd.ID: start[cyd.ID]}
		rows := map[int64]int{}
		for _, change := range f.Changes() {
			require.Equal(t, at[change.Viewer.ID], change.From, "no step is missing or repeated")
			at[change.Viewer.ID] = change.To
			for _, item := range change.Items {
				rows[change.Viewer.ID] += len(item.Messages)
			}
		}
		end, err := f.Versions(f.Ctx, []int64{ann.ID, bob.ID, cyd.ID})
		require.NoError(t, err)
		require.Equal(t, end, at)
		require.Equal(t, map[int64]int{ann.ID: 100, bob.ID: 150, cyd.ID: 50}, rows)
	})
}

func TestDeltaHoldsMissedChanges(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		f.Say(bob, ann, "1")
		versions, err := f.Versions(f.Ctx, []int64{ann.ID})
		require.NoError(t, err)
		open := f.Between(ann, bob)
		seen := chat.Position{Version: versions[ann.ID], Conversation: open.ConversationID, Rev: open.Rev}

		nothing, err := f.Delta(f.Ctx, ann, seen, false)
		require.NoError(t, err)
		require.Empty(t, nothing.Entries)
		require.Empty(t, nothing.Changed)

		f.Say(bob, ann, "2")
		f.Say(bob, ann, "3")
		f.Say(cyd, ann, "elsewhere")
		missed, err := f.Delta(f.Ctx, ann, seen, false)
		require.NoError(t, err)
		require.Len(t, missed.Entries, 2)
		require.Equal(t, []string{"2", "3"}, []string{missed.Changed[0].Body, missed.Changed[1].Body})
		require.Equal(t, seen.Version+3, missed.Version)
		require.EqualValues(t, 3, missed.Rev)
		require.False(t, missed.NewLog)

		for i := range chat.MaxSince {
			f.Say(bob, ann, fmt.Sprint(i))
		}
		far, err := f.Delta(f.Ctx, ann, seen, false)
		require.NoError(t, err)
		require.True(t, far.NewLog, "too many rows: the log is replaced")
		require.Len(t, far.Page.Messages, chat.PageSize)

		lost, err := f.Delta(f.Ctx, ann, seen, true)
		require.NoError(t, err)
		require.True(t, lost.All)
		require.Len(t, lost.Entries, 2)

		foreign, err := f.Delta(f.Ctx, cyd, seen, false)
		require.NoError(t, err)
		require.Nil(t, foreign.Open, "the conversation of other users is not there")
		require.Empty(t, foreign.Changed)
	})
}

// A message keeps its first indentation. The same text without it is the same message: a node of the release
// before may have stored it so.
func TestIndentationIsKept(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		key := uuid.New()
		m, err := f.Send(f.Ctx, ann, bob, key, "\r\n \n    if x:\r\n        y()  \n\n")
		require.NoError(t, err)
		require.Equal(t, "    if x:\n        y()", m.Body)
		again, err := f.Send(f.Ctx, ann, bob, key, "if x:\n        y()")
		require.NoError(t, err)
		require.Equal(t, m.Seq, again.Seq)
		require.Equal(t, m.Body, again.Body)
		for _, nothing := range []string{"", "\n\n\n", " \t\u3000\n", strings.Repeat("\n", 10_000)} {
			_, err := f.Send(f.Ctx, ann, bob, uuid.New(), nothing)
			require.ErrorContains(t, err, "Write something first.")
		}
	})
}
