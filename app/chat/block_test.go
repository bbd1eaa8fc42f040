package chat_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"dchat/app/chat"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// twins are two pairs of people with the same story. Then one of those called Bob blocks his Anna, and the
// other ends things without a block. Whatever the two Annas do, they must see the same.
type twins struct {
	*world
	t          require.TestingT
	anns, bobs [2]*chat.User
	log        []string
}

func (w *world) twins(name string) *twins {
	w.t.Helper()
	people := w.people(name+"-ann0", name+"-ann1", name+"-bob0", name+"-bob1")
	return &twins{world: w, t: w.t, anns: [2]*chat.User(people[:2]), bobs: [2]*chat.User(people[2:])}
}

// do has both pairs do the same and compares what the Annas learn of it: the answer, if it is theirs, and
// what their pages are told.
func (tw *twins) do(what string, act func(ann, bob *chat.User) error, annas bool) {
	tw.log = append(tw.log, what)
	var seen [2]string
	for i := range 2 {
		tw.told()
		err := act(tw.row(tw.anns[i]), tw.row(tw.bobs[i]))
		if annas {
			seen[i] = fmt.Sprintf("answer %v %v\n", chat.CodeOf(err), err)
		} else {
			require.NoError(tw.t, err, "%s", what)
		}
		for _, change := range tw.told() {
			if change.Viewer.ID == tw.anns[i].ID {
				seen[i] += fmt.Sprintf("told %d %v", change.To-change.From, change.Self)
				if change.Requests != nil {
					seen[i] += fmt.Sprint(" requests ", *change.Requests)
				}
				for _, item := range change.Items {
					seen[i] += fmt.Sprintf(" item %s %v %v %d messages", tw.entry(i, &item.Entry), item.Standing, item.Profile, len(item.Messages))
				}
				seen[i] += "\n"
			}
		}
		seen[i] += tw.sees(i)
		seen[i] = strings.NewReplacer(tw.anns[i].Username, "ann", tw.bobs[i].Username, "bob").Replace(seen[i])
	}
	require.Equal(tw.t, seen[1], seen[0], "after %q", tw.log)
}

func (tw *twins) entry(i int, e *chat.Entry) string {
	last := ""
	if e.Last != nil {
		last = e.Last.Body
	}
	return fmt.Sprint(e.ConversationID != 0, e.Other.Username, e.Other.DisplayName, e.Other.Picture, e.Standing, e.Seq, e.Rev, e.LastReadSeq, last, e.ShownAt.IsZero(), e.Listed(), i >= 0)
}

// sees is what an Anna can find out by looking.
func (tw *twins) sees(i int) string {
	ann, bob := tw.anns[i], tw.bobs[i]
	e := tw.between(ann, bob)
	seen := "entry " + tw.entry(i, &e) + "\n"
	missed, err := tw.Missed(tw.ctx, ann, chat.Seen{}, true)
	require.NoError(tw.t, err)
	seen += fmt.Sprint("missed ", missed.Version, missed.Requests, len(missed.Entries))
	for _, e := range missed.Entries {
		seen += " " + tw.entry(i, &e)
	}
	conversation := tw.count("SELECT coalesce(max(id), 0) FROM conversations WHERE low_id = ?", ann.ID) // as guessed
	guess, err := tw.Missed(tw.ctx, ann, chat.Seen{Version: missed.Version, Conversation: int64(conversation)}, false)
	require.NoError(tw.t, err)
	seen += fmt.Sprint("\nguess ", guess.Open != nil, len(guess.Changed), len(guess.Page.Messages))
	found, err := tw.Search(tw.ctx, ann, bob.Username)
	require.NoError(tw.t, err)
	for _, e := range found {
		seen += "\nfound " + tw.entry(i, &e)
	}
	person, err := tw.Person(tw.ctx, ann, bob.Username)
	if err == nil {
		seen += "\nperson " + person.DisplayName + person.Picture
	} else {
		seen += "\nperson " + err.Error()
	}
	blocked, err := tw.BlockedPeople(tw.ctx, ann)
	require.NoError(tw.t, err)
	return seen + fmt.Sprint("\nblocked ", len(blocked), "\nexport ", tw.exported(ann))
}

// exported are those of whom a copy of somebody's data tells.
func (tw *twins) exported(u *chat.User) (names []string) {
	tw.exec("DELETE FROM exports WHERE user_id = ?", u.ID)
	tw.exec("INSERT INTO exports (id, user_id, created_at) VALUES (?, ?, ?)", u.Username, u.ID, u.CreatedAt)
	err := tw.WriteExport(tw.ctx, u.Username, func(_ context.Context, data *chat.ExportData) (string, int64, error) {
		for _, e := range data.Relations {
			names = append(names, e.Other.Username, string(e.Standing))
		}
		return "", 0, context.Canceled
	})
	require.ErrorIs(tw.t, err, context.Canceled)
	return names
}

// stories are how things can be before the block, and what Bob does instead of it.
func stories(w *world) map[string]struct {
	before, instead func(ann, bob *chat.User) error
} {
	type story = struct {
		before, instead func(ann, bob *chat.User) error
	}
	nothing := func(_, _ *chat.User) error { return nil }
	run := func(_ chat.Entry, err error) error { return err }
	contacts := func(ann, bob *chat.User) error {
		w.contacts(ann, bob)
		w.say(bob, ann, "hello")
		w.say(ann, bob, "good evening")
		w.say(bob, ann, "read me")
		return nil
	}
	remove := func(ann, bob *chat.User) error { return run(w.Remove(w.ctx, bob, ann)) }
	return map[string]story{
		"strangers":    {nothing, nothing},
		"contacts":     {contacts, remove},
		"Anna asked":   {func(ann, bob *chat.User) error { return run(w.Ask(w.ctx, ann, bob)) }, nothing},
		"Bob asked":    {func(ann, bob *chat.User) error { return run(w.Ask(w.ctx, bob, ann)) }, func(ann, bob *chat.User) error { return run(w.Cancel(w.ctx, bob, ann)) }},
		"Anna removed": {func(ann, bob *chat.User) error { _ = contacts(ann, bob); return run(w.Remove(w.ctx, ann, bob)) }, nothing},
		"Anna rejected": {func(ann, bob *chat.User) error {
			for range 2 {
				if err := run(w.Ask(w.ctx, ann, bob)); err != nil {
					return err
				}
				if err := run(w.Reject(w.ctx, bob, ann)); err != nil {
					return err
				}
			}
			return nil
		}, nothing},
	}
}

// The table "Who sees what" of the design, as seen by whoever is blocked: they learn nothing that they could tell
// from a removal, or from a stranger's silence.
func TestABlockCannotBeTold(t *testing.T) {
	everywhere(t, func(w *world) {
		ask := func(ann, bob *chat.User) error { _, err := w.Ask(w.ctx, ann, bob); return err }
		cancel := func(ann, bob *chat.User) error { _, err := w.Cancel(w.ctx, ann, bob); return err }
		for name, story := range stories(w) {
			tw := w.twins(strings.ReplaceAll(strings.ToLower(name), " ", "-"))
			tw.do(name, story.before, false)
			block := 0
			tw.do("the end", func(ann, bob *chat.User) error {
				block++
				if block == 2 {
					return story.instead(ann, bob)
				}
				_, err := w.Block(w.ctx, bob, ann)
				return err
			}, false)
			tw.do("Bob changes", func(_, bob *chat.User) error {
				_, err := w.SetProfile(w.ctx, bob, "Bob", ptr(bob.Username))
				return err
			}, false)
			tw.do("Bob signs in", func(_, bob *chat.User) error { _, err := w.OpenSession(w.ctx, bob, ""); return err }, false)
			tw.do("write", func(ann, bob *chat.User) error {
				_, err := w.Send(w.ctx, ann, bob, uuid.New(), "are you there?")
				return err
			}, true)
			tw.do("read", func(ann, bob *chat.User) error { _, err := w.MarkRead(w.ctx, ann, bob, 99); return err }, true)
			for what, act := range map[string]func(context.Context, *chat.User, *chat.User) (chat.Entry, error){
				"remove": w.Remove, "accept": w.Accept, "reject": w.Reject, "cancel": w.Cancel, "unblock": w.Unblock,
			} {
				tw.do(what, func(ann, bob *chat.User) error {
					e, err := act(w.ctx, ann, bob)
					if err == nil {
						err = fmt.Errorf("%s", tw.entry(0, &e)) // the answer shows it
					}
					return err
				}, true)
			}
			tw.do("Anna changes", func(ann, _ *chat.User) error { _, err := w.SetProfile(w.ctx, ann, "Anna", nil); return err }, true)
			tw.do("ask", ask, true)
			tw.do("ask again", ask, true)
			tw.do("Bob changes again", func(_, bob *chat.User) error { _, err := w.SetProfile(w.ctx, bob, "Robert", nil); return err }, false)
			tw.do("cancel", cancel, true)
			tw.do("ask once more", ask, true)
			tw.do("Bob leaves", func(_, bob *chat.User) error { return w.DeleteAccount(w.ctx, bob, password) }, false)
			tw.do("cancel late", cancel, true)
			tw.do("ask late", ask, true)
			tw.do("write late", func(ann, bob *chat.User) error { _, err := w.Send(w.ctx, ann, bob, uuid.New(), "?"); return err }, true)
		}
	})
}

// Whoever blocks sees it, and only on their own profile a way back.
func TestABlockAsItsBlockerSeesIt(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
		w.contacts(ann, bob)
		w.say(ann, bob, "hello")
		for _, u := range []*chat.User{ann, cyd} {
			_, err := w.Block(w.ctx, bob, u)
			require.NoError(w.t, err)
			_, err = w.Block(w.ctx, bob, u) // again: nothing
			require.NoError(w.t, err)
		}
		blocked, err := w.BlockedPeople(w.ctx, bob)
		require.NoError(w.t, err)
		require.Len(w.t, blocked, 2)
		require.Equal(w.t, "cydney", blocked[0].Other.Username, "the latest first")
		found, err := w.Search(w.ctx, bob, "anna")
		require.NoError(w.t, err)
		require.Equal(w.t, chat.Blocked, found[0].Standing)
		require.Equal(w.t, []string{"hello"}, w.bodies(bob, ann), "the text stays readable")
		for _, do := range []func(context.Context, *chat.User, *chat.User) (chat.Entry, error){w.Ask, w.Accept, w.Reject} {
			_, err := do(w.ctx, bob, ann)
			require.Equal(w.t, chat.Refused, chat.CodeOf(err))
		}
		_, err = w.Remove(w.ctx, bob, ann)
		require.NoError(w.t, err)
		require.Equal(w.t, chat.Blocked, w.between(bob, ann).Standing)
		w.told()
		for range 2 {
			_, err = w.Unblock(w.ctx, bob, ann)
			require.NoError(w.t, err)
		}
		require.Equal(w.t, chat.InContact, w.between(ann, bob).Standing, "contacts are contacts again")
		require.Equal(w.t, ids(ann, bob), viewers(w.told()))
		_, err = w.Unblock(w.ctx, bob, cyd)
		require.NoError(w.t, err)
		require.Equal(w.t, ids(bob), viewers(w.told()), "a stranger never knew")
	})
}

func TestTwoWhoBlockEachOther(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		act := func(_ chat.Entry, err error) { require.NoError(w.t, err) }
		act(w.Block(w.ctx, ann, bob))
		act(w.Block(w.ctx, bob, ann))
		act(w.Unblock(w.ctx, ann, bob))
		require.Equal(w.t, chat.Stranger, w.between(ann, bob).Standing)
		require.Equal(w.t, chat.Blocked, w.between(bob, ann).Standing)
		act(w.Ask(w.ctx, ann, bob))
		act(w.Unblock(w.ctx, bob, ann))
		require.Equal(w.t, chat.InContact, w.between(ann, bob).Standing)
		require.Equal(w.t, chat.InContact, w.between(bob, ann).Standing)
	})
}
