package chat_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// twins are two pairs of people with the same story. Then one of those called Bob blocks his Anna, and the
// other ends things without a block. Whatever the two Annas do, they must see the same.
type twins struct {
	*fixture
	t          require.TestingT
	anns, bobs [2]*account.User
	log        []string
}

func (f *fixture) twins(name string) *twins {
	f.T.Helper()
	people := f.Users(name+"-ann0", name+"-ann1", name+"-bob0", name+"-bob1")
	return &twins{fixture: f, t: f.T, anns: [2]*account.User(people[:2]), bobs: [2]*account.User(people[2:])}
}

// do has both pairs do the same and compares what the Annas learn of it: the answer, if it is theirs, and
// what their pages get.
func (tw *twins) do(what string, act func(ann, bob *account.User) error, annas bool) {
	tw.log = append(tw.log, what)
	var seen [2]string
	for i := range 2 {
		tw.Changes()
		err := act(tw.Row(tw.anns[i]), tw.Row(tw.bobs[i]))
		if annas {
			seen[i] = fmt.Sprintf("answer %v %v\n", errs.CodeOf(err), err)
		} else {
			require.NoError(tw.t, err, "%s", what)
		}
		for _, change := range tw.Changes() {
			if change.Viewer.ID == tw.anns[i].ID {
				seen[i] += fmt.Sprintf("change %d %v", change.To-change.From, change.Self)
				if change.Requests != nil {
					seen[i] += fmt.Sprint(" requests ", *change.Requests)
				}
				for _, item := range change.Items {
					seen[i] += fmt.Sprintf(" item %s %v %v %d messages", tw.entry(i, &item.Entry), item.NewStanding, item.NewProfile, len(item.Messages))
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
	e := tw.Between(ann, bob)
	seen := "entry " + tw.entry(i, &e) + "\n"
	missed, err := tw.Delta(tw.Ctx, ann, chat.Position{}, true)
	require.NoError(tw.t, err)
	seen += fmt.Sprint("missed ", missed.Version, missed.Requests, len(missed.Entries))
	for _, e := range missed.Entries {
		seen += " " + tw.entry(i, &e)
	}
	conversation := tw.Count("SELECT coalesce(max(id), 0) FROM conversations WHERE low_id = ?", ann.ID) // as guessed
	guess, err := tw.Delta(tw.Ctx, ann, chat.Position{Version: missed.Version, Conversation: int64(conversation)}, false)
	require.NoError(tw.t, err)
	seen += fmt.Sprint("\nguess ", guess.Open != nil, len(guess.Changed), len(guess.Page.Messages))
	found, err := tw.Search(tw.Ctx, ann, bob.Username)
	require.NoError(tw.t, err)
	for _, e := range found {
		seen += "\nfound " + tw.entry(i, &e)
	}
	person, err := tw.Person(tw.Ctx, ann, bob.Username)
	if err == nil {
		seen += "\nperson " + person.DisplayName + person.Picture
	} else {
		seen += "\nperson " + err.Error()
	}
	blocked, err := tw.BlockedPeople(tw.Ctx, ann)
	require.NoError(tw.t, err)
	return seen + fmt.Sprint("\nblocked ", len(blocked), "\nexport ", tw.exported(ann))
}

// actions are what a person can do to a message of their own and to one of the other's.
func (f *fixture) actions() map[string]func(ann, bob *account.User) (*chat.Message, error) {
	type act = func(ann, bob *account.User) (*chat.Message, error)
	all := map[string]act{}
	for _, seq := range []int64{1, 2, 99} {
		for name, do := range map[string]act{
			"edit": func(ann, bob *account.User) (*chat.Message, error) { return f.Edit(f.Ctx, ann, bob, seq, 9, "edited") },
			"nothing": func(ann, bob *account.User) (*chat.Message, error) {
				return f.Edit(f.Ctx, ann, bob, seq, 9, "good evening")
			},
			"delete":  func(ann, bob *account.User) (*chat.Message, error) { return f.Delete(f.Ctx, ann, bob, seq) },
			"react":   func(ann, bob *account.User) (*chat.Message, error) { return f.React(f.Ctx, ann, bob, seq, "👍") },
			"unreact": func(ann, bob *account.User) (*chat.Message, error) { return f.React(f.Ctx, ann, bob, seq, "") },
			"save":    func(ann, bob *account.User) (*chat.Message, error) { return f.Save(f.Ctx, ann, bob, seq, true) },
			"look":    func(ann, bob *account.User) (*chat.Message, error) { return f.Message(f.Ctx, ann, bob, seq) },
		} {
			all[fmt.Sprint(name, " ", seq)] = do
		}
	}
	all["hide 3"] = func(ann, bob *account.User) (*chat.Message, error) { return f.Hide(f.Ctx, ann, bob, 3) }
	return all
}

// exported returns the people whom a copy of a user's data names.
func (tw *twins) exported(u *account.User) (names []string) {
	tw.Exec("DELETE FROM exports WHERE user_id = ?", u.ID)
	tw.Exec("INSERT INTO exports (id, user_id, created_at) VALUES (?, ?, ?)", u.Username, u.ID, u.CreatedAt)
	err := tw.WriteExport(tw.Ctx, u.Username, func(_ context.Context, data *chat.ExportData) (string, int64, error) {
		for _, e := range data.Relations {
			names = append(names, e.Other.Username, string(e.Standing))
		}
		return "", 0, context.Canceled
	})
	require.ErrorIs(tw.t, err, context.Canceled)
	return names
}

// stories are how things can be before the block, and what Bob does instead of it.
func stories(f *fixture) map[string]struct {
	before, instead func(ann, bob *account.User) error
} {
	type story = struct {
		before, instead func(ann, bob *account.User) error
	}
	nothing := func(_, _ *account.User) error { return nil }
	run := func(_ chat.Entry, err error) error { return err }
	contacts := func(ann, bob *account.User) error {
		f.Contacts(ann, bob)
		f.Say(bob, ann, "hello")
		f.Say(ann, bob, "good evening")
		f.Say(bob, ann, "read me")
		return nil
	}
	remove := func(ann, bob *account.User) error { return run(f.Remove(f.Ctx, bob, ann)) }
	return map[string]story{
		"strangers":    {nothing, nothing},
		"contacts":     {contacts, remove},
		"Anna asked":   {func(ann, bob *account.User) error { return run(f.SendRequest(f.Ctx, ann, bob)) }, nothing},
		"Bob asked":    {func(ann, bob *account.User) error { return run(f.SendRequest(f.Ctx, bob, ann)) }, func(ann, bob *account.User) error { return run(f.Cancel(f.Ctx, bob, ann)) }},
		"Anna removed": {func(ann, bob *account.User) error { _ = contacts(ann, bob); return run(f.Remove(f.Ctx, ann, bob)) }, nothing},
		"Anna rejected": {func(ann, bob *account.User) error {
			for range 2 {
				if err := run(f.SendRequest(f.Ctx, ann, bob)); err != nil {
					return err
				}
				if err := run(f.Reject(f.Ctx, bob, ann)); err != nil {
					return err
				}
			}
			return nil
		}, nothing},
	}
}

// A blocked person sees nothing that differs
// from a removal, or from a request without an answer.
func TestBlockedPersonCannotDetectBlock(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ask := func(ann, bob *account.User) error { _, err := f.SendRequest(f.Ctx, ann, bob); return err }
		cancel := func(ann, bob *account.User) error { _, err := f.Cancel(f.Ctx, ann, bob); return err }
		for name, story := range stories(f) {
			tw := f.twins(strings.ReplaceAll(strings.ToLower(name), " ", "-"))
			tw.do(name, story.before, false)
			block := 0
			tw.do("the end", func(ann, bob *account.User) error {
				block++
				if block == 2 {
					return story.instead(ann, bob)
				}
				_, err := f.Block(f.Ctx, bob, ann)
				return err
			}, false)
			tw.do("Bob changes", func(_, bob *account.User) error {
				_, err := f.SetProfile(f.Ctx, bob, "Bob", domain.Ptr(bob.Username))
				return err
			}, false)
			tw.do("Bob signs in", func(_, bob *account.User) error { _, err := f.OpenSession(f.Ctx, bob, ""); return err }, false)
			tw.do("write", func(ann, bob *account.User) error {
				_, err := f.Send(f.Ctx, ann, bob, uuid.New(), "are you there?")
				return err
			}, true)
			tw.do("read", func(ann, bob *account.User) error { _, err := f.MarkRead(f.Ctx, ann, bob, 99); return err }, true)
			for what, act := range f.actions() {
				tw.do(what, func(ann, bob *account.User) error {
					m, err := act(ann, bob)
					if err == nil {
						err = fmt.Errorf("%d %q %v %v", m.Rev, m.Body, m.Gone(), m.Saved)
					}
					return err
				}, true)
			}
			for what, act := range map[string]func(context.Context, *account.User, *account.User) (chat.Entry, error){
				"remove": f.Remove, "accept": f.Accept, "reject": f.Reject, "cancel": f.Cancel, "unblock": f.Unblock,
			} {
				tw.do(what, func(ann, bob *account.User) error {
					e, err := act(f.Ctx, ann, bob)
					if err == nil {
						err = fmt.Errorf("%s", tw.entry(0, &e)) // the answer shows it
					}
					return err
				}, true)
			}
			tw.do("Anna changes", func(ann, _ *account.User) error { _, err := f.SetProfile(f.Ctx, ann, "Anna", nil); return err }, true)
			tw.do("ask", ask, true)
			tw.do("ask again", ask, true)
			tw.do("Bob changes again", func(_, bob *account.User) error { _, err := f.SetProfile(f.Ctx, bob, "Robert", nil); return err }, false)
			tw.do("cancel", cancel, true)
			tw.do("ask once more", ask, true)
			tw.do("Bob leaves", func(_, bob *account.User) error { return f.DeleteAccount(f.Ctx, bob, domain.Password) }, false)
			tw.do("cancel late", cancel, true)
			tw.do("ask late", ask, true)
			tw.do("write late", func(ann, bob *account.User) error { _, err := f.Send(f.Ctx, ann, bob, uuid.New(), "?"); return err }, true)
		}
	})
}

// A user who blocks sees it, and only on their own profile a way back.
func TestBlockerSeesBlock(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "hello")
		for _, u := range []*account.User{ann, cyd} {
			_, err := f.Block(f.Ctx, bob, u)
			require.NoError(f.T, err)
			_, err = f.Block(f.Ctx, bob, u) // again: nothing
			require.NoError(f.T, err)
		}
		blocked, err := f.BlockedPeople(f.Ctx, bob)
		require.NoError(f.T, err)
		require.Len(f.T, blocked, 2)
		require.Equal(f.T, "cydney", blocked[0].Other.Username, "the latest first")
		found, err := f.Search(f.Ctx, bob, "anna")
		require.NoError(f.T, err)
		require.Equal(f.T, chat.Blocked, found[0].Standing)
		require.Equal(f.T, []string{"hello"}, f.Bodies(bob, ann), "the text stays readable")
		for _, do := range []func(context.Context, *account.User, *account.User) (chat.Entry, error){f.SendRequest, f.Accept, f.Reject} {
			_, err := do(f.Ctx, bob, ann)
			require.Equal(f.T, errs.Refused, errs.CodeOf(err))
		}
		_, err = f.Remove(f.Ctx, bob, ann)
		require.NoError(f.T, err)
		require.Equal(f.T, chat.Blocked, f.Between(bob, ann).Standing)
		f.Changes()
		for range 2 {
			_, err = f.Unblock(f.Ctx, bob, ann)
			require.NoError(f.T, err)
		}
		require.Equal(f.T, chat.InContact, f.Between(ann, bob).Standing, "contacts are contacts again")
		require.Equal(f.T, domain.IDs(ann, bob), domain.Viewers(f.Changes()))
		_, err = f.Unblock(f.Ctx, bob, cyd)
		require.NoError(f.T, err)
		require.Equal(f.T, domain.IDs(bob), domain.Viewers(f.Changes()), "a stranger never knew")
	})
}

func TestMutualBlocks(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		act := func(_ chat.Entry, err error) { require.NoError(f.T, err) }
		act(f.Block(f.Ctx, ann, bob))
		act(f.Block(f.Ctx, bob, ann))
		act(f.Unblock(f.Ctx, ann, bob))
		require.Equal(f.T, chat.Stranger, f.Between(ann, bob).Standing)
		require.Equal(f.T, chat.Blocked, f.Between(bob, ann).Standing)
		act(f.SendRequest(f.Ctx, ann, bob))
		act(f.Unblock(f.Ctx, bob, ann))
		require.Equal(f.T, chat.InContact, f.Between(ann, bob).Standing)
		require.Equal(f.T, chat.InContact, f.Between(bob, ann).Standing)
	})
}
