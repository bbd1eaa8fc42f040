package chat_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"dchat/app/chat"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestTwentySendersOneOrder(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		other := w.open() // a second node sends too
		var wg sync.WaitGroup
		for n := range 20 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				store := []*chat.Store{w.Store, other}[n%2]
				for i := range 100 {
					if _, err := store.Send(w.ctx, ann, bob, uuid.New(), fmt.Sprintf("%d/%d", n, i)); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		wg.Wait()
		bodies := w.bodies(bob, ann)
		require.Len(t, bodies, 2000)
		next := map[string]int{} // each sender's own messages are in the order of sending
		for _, body := range bodies {
			sender, i, _ := strings.Cut(body, "/")
			require.Equal(t, fmt.Sprint(next[sender]), i)
			next[sender]++
		}
		entry := w.between(bob, ann)
		require.EqualValues(t, 2000, entry.Unread(), "the badge is the truth")
		require.Zero(t, ptr(w.between(ann, bob)).Unread())
	})
}

func TestOneKeyOneMessage(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		other := w.open()
		key := uuid.New()
		var wg sync.WaitGroup
		ids := make([]int64, 100)
		for i := range ids {
			wg.Add(1)
			go func() {
				defer wg.Done()
				store := []*chat.Store{w.Store, other}[i%2]
				if m, err := store.Send(w.ctx, ann, bob, key, "once"); err != nil {
					t.Error(err)
				} else {
					ids[i] = m.ID()
				}
			}()
		}
		wg.Wait()
		require.Equal(t, []string{"once"}, w.bodies(ann, bob))
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
	})
}

func TestAKeyStandsForWhatWasFirstSentUnderIt(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
		w.contacts(ann, bob)
		w.contacts(ann, cyd)
		key := uuid.New()
		first, err := w.Send(w.ctx, ann, bob, key, "hello")
		require.NoError(t, err)
		_, err = w.Send(w.ctx, ann, bob, key, "something else")
		require.Equal(t, chat.Invalid, chat.CodeOf(err))
		_, err = w.Send(w.ctx, ann, cyd, key, "hello")
		require.Equal(t, chat.Invalid, chat.CodeOf(err), "another conversation is another message")
		theirs, err := w.Send(w.ctx, bob, ann, key, "hello")
		require.NoError(t, err)
		require.NotEqual(t, first.ID(), theirs.ID(), "keys are the sender's own")

		_, err = w.Remove(w.ctx, bob, ann)
		require.NoError(t, err)
		again, err := w.Send(w.ctx, ann, bob, key, "hello")
		require.NoError(t, err, "a repeated send is answered, whatever happened since")
		require.Equal(t, first.ID(), again.ID())
	})
}

func TestWhatIsRefusedHarmsNoStranger(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
		w.contacts(ann, bob)
		_, err := w.Ask(w.ctx, cyd, ann) // a pair, but no contacts
		require.NoError(t, err)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Add(2)
			go func() {
				defer wg.Done()
				if _, err := w.Send(w.ctx, ann, bob, uuid.New(), fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			}()
			go func() {
				defer wg.Done()
				if _, err := w.Send(w.ctx, cyd, ann, uuid.New(), fmt.Sprint(i)); chat.CodeOf(err) != chat.Refused {
					t.Errorf("a stranger's message: %v", err)
				}
			}()
		}
		wg.Wait()
		require.Len(t, w.bodies(ann, bob), 100)
		require.Empty(t, w.bodies(ann, cyd))
	})
}

func TestWhatAMessageMayBe(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		for name, body := range map[string]string{
			"nothing": "", "only space": " \n\t ", "too long": strings.Repeat("é", chat.MaxBody+1),
			"NUL": "a\x00b", "broken UTF-8": "a\xffb", "zero-width space": "\u200b", "filler": "\u3164\n\u115f", "blank braille": "\u2800", "tags": "\U000e0041\U000e007f",
			"variation": "\ufe0f", "only lines": strings.Repeat("\n", 5000), "turned": "\u202e\u202c",
		} {
			_, err := w.Send(w.ctx, ann, bob, uuid.New(), body)
			require.Equal(t, chat.Invalid, chat.CodeOf(err), name)
			wrongField(t, err, "body")
		}
		require.Equal(t, "  one\ntwo", w.say(ann, bob, " \n  one\r\ntwo\n ").Body)
		require.Len(t, w.say(ann, bob, strings.Repeat("𝒳", chat.MaxBody)).Body, 4*chat.MaxBody)
		require.Equal(t, `'; DROP TABLE messages; -- ? ?0 \ "`, w.say(ann, bob, `'; DROP TABLE messages; -- ? ?0 \ "`).Body)
		require.Equal(t, "\u200b.", w.say(ann, bob, "\u200b.").Body)
		require.Len(t, w.bodies(bob, ann), 4)
	})
}

// Versions and revisions are what pages trust: every change moves exactly the people concerned,
// by one step each, and says so.
func TestEveryChangeIsToldInSteps(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
		w.contacts(ann, bob)
		w.contacts(bob, cyd)
		w.told()
		start, err := w.Versions(w.ctx, []int64{ann.ID, bob.ID, cyd.ID})
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 50 {
			for _, pair := range [][2]*chat.User{{ann, bob}, {bob, ann}, {cyd, bob}} {
				wg.Add(1)
				go func() {
					defer wg.Done()
					w.say(pair[0], pair[1], "x")
				}()
			}
		}
		wg.Wait()
		_, err = w.MarkRead(w.ctx, bob, cyd, 50)
		require.NoError(t, err)
		at := map[int64]int64{ann.ID: start[ann.ID], bob.ID: start[bob.ID], cyd.ID: start[cyd.ID]}
		rows := map[int64]int{}
		for _, change := range w.told() {
			require.Equal(t, at[change.Viewer.ID], change.From, "no step is missing or told twice")
			at[change.Viewer.ID] = change.To
			for _, item := range change.Items {
				rows[change.Viewer.ID] += len(item.Messages)
			}
		}
		end, err := w.Versions(w.ctx, []int64{ann.ID, bob.ID, cyd.ID})
		require.NoError(t, err)
		require.Equal(t, end, at)
		require.Equal(t, map[int64]int{ann.ID: 100, bob.ID: 150, cyd.ID: 50}, rows)
	})
}

func TestMissedIsAllThatAPageLacks(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
		w.contacts(ann, bob)
		w.contacts(ann, cyd)
		w.say(bob, ann, "1")
		versions, err := w.Versions(w.ctx, []int64{ann.ID})
		require.NoError(t, err)
		open := w.between(ann, bob)
		seen := chat.Seen{Version: versions[ann.ID], Conversation: open.ConversationID, Rev: open.Rev}

		nothing, err := w.Missed(w.ctx, ann, seen, false)
		require.NoError(t, err)
		require.Empty(t, nothing.Entries)
		require.Empty(t, nothing.Changed)

		w.say(bob, ann, "2")
		w.say(bob, ann, "3")
		w.say(cyd, ann, "elsewhere")
		missed, err := w.Missed(w.ctx, ann, seen, false)
		require.NoError(t, err)
		require.Len(t, missed.Entries, 2)
		require.Equal(t, []string{"2", "3"}, []string{missed.Changed[0].Body, missed.Changed[1].Body})
		require.Equal(t, seen.Version+3, missed.Version)
		require.EqualValues(t, 3, missed.Rev)
		require.False(t, missed.NewLog)

		for i := range chat.MaxSince {
			w.say(bob, ann, fmt.Sprint(i))
		}
		far, err := w.Missed(w.ctx, ann, seen, false)
		require.NoError(t, err)
		require.True(t, far.NewLog, "too many rows: the log is replaced")
		require.Len(t, far.Page.Messages, chat.PageSize)

		lost, err := w.Missed(w.ctx, ann, seen, true)
		require.NoError(t, err)
		require.True(t, lost.All)
		require.Len(t, lost.Entries, 2)

		foreign, err := w.Missed(w.ctx, cyd, seen, false)
		require.NoError(t, err)
		require.Nil(t, foreign.Open, "somebody else's conversation is not there")
		require.Empty(t, foreign.Changed)
	})
}

func ptr[T any](v T) *T { return &v }

// A message keeps its first indentation. The same text without it is the same message: a node of the release
// before may have stored it so.
func TestIndentationIsKept(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		key := uuid.New()
		m, err := w.Send(w.ctx, ann, bob, key, "\r\n \n    if x:\r\n        y()  \n\n")
		require.NoError(t, err)
		require.Equal(t, "    if x:\n        y()", m.Body)
		again, err := w.Send(w.ctx, ann, bob, key, "if x:\n        y()")
		require.NoError(t, err)
		require.Equal(t, m.Seq, again.Seq)
		require.Equal(t, m.Body, again.Body)
		for _, nothing := range []string{"", "\n\n\n", " \t\u3000\n", strings.Repeat("\n", 10_000)} {
			_, err := w.Send(w.ctx, ann, bob, uuid.New(), nothing)
			require.ErrorContains(t, err, "Write something first.")
		}
	})
}
