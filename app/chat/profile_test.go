package chat_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/imagesize"
	"dchat/app/store"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// standings makes a user for each relation to ann.
func (f *fixture) standings(ann *account.User) map[string]*account.User {
	f.T.Helper()
	named := map[string]*account.User{}
	for _, name := range []string{"contact", "asked", "asker", "removed", "blocked", "blocker", "blocked-asker", "blocked-stranger", "stranger"} {
		named[name] = f.User(name)
	}
	act := func(_ chat.Entry, err error) { require.NoError(f.T, err) }
	for _, name := range []string{"contact", "removed", "blocked", "blocker"} {
		f.Contacts(ann, named[name])
		f.Say(ann, named[name], "a word")
		f.Say(named[name], ann, "an answer")
	}
	act(f.SendRequest(f.Ctx, ann, named["asked"]))
	act(f.SendRequest(f.Ctx, named["asker"], ann))
	act(f.Remove(f.Ctx, named["removed"], ann))
	act(f.Block(f.Ctx, ann, named["blocked"]))
	act(f.Block(f.Ctx, named["blocker"], ann))
	act(f.Block(f.Ctx, ann, named["blocked-asker"]))
	act(f.SendRequest(f.Ctx, named["blocked-asker"], ann))
	act(f.Block(f.Ctx, ann, named["blocked-stranger"]))
	f.Changes()
	f.Jobs()
	return named
}

func TestNewNameReachesContactsAndRequests(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		other := f.standings(ann)
		before, err := f.Versions(f.Ctx, domain.IDs(ann, other["contact"], other["asked"]))
		require.NoError(f.T, err)
		ann = f.Rename(ann, "Anna Karenina")
		changes := f.Changes()
		require.Equal(f.T, domain.IDs(ann, other["contact"], other["asked"]), domain.Viewers(changes),
			"who was asked sees who asks; who asks must not learn from silence that they are blocked")
		for _, change := range changes {
			require.Equal(f.T, before[change.Viewer.ID], change.From)
			require.Equal(f.T, change.From+1, change.To)
			require.Equal(f.T, change.Viewer.ID == ann.ID, change.Self)
			if change.Self {
				require.Empty(f.T, change.Items)
				require.Equal(f.T, "Anna Karenina", change.Viewer.DisplayName)
				continue
			}
			require.Len(f.T, change.Items, 1)
			require.True(f.T, change.Items[0].NewProfile)
			require.Equal(f.T, "Anna Karenina", change.Items[0].Entry.Other.DisplayName)
			require.Equal(f.T, f.Between(change.Viewer, ann).Standing, change.Items[0].Entry.Standing)
		}
		for name, u := range other {
			require.Equal(f.T, "Anna Karenina", f.Between(u, f.Row(ann)).Other.DisplayName, "%s sees it on the next page", name)
		}
		f.Rename(ann, "Anna Karenina")
		require.Empty(f.T, f.Changes(), "what does not change is not published")

		_, err = f.SetProfile(f.Ctx, ann, "Anna Karenina", domain.Ptr("picture1"))
		require.NoError(f.T, err)
		require.Equal(f.T, domain.IDs(ann, other["contact"], other["asked"]), domain.Viewers(f.Changes()))
		require.Equal(f.T, "picture1", f.Between(other["contact"], ann).Other.Picture)
	})
}

func TestDeltaHoldsNewName(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		versions, err := f.Versions(f.Ctx, domain.IDs(ann, bob))
		require.NoError(f.T, err)
		f.Rename(ann, "Anna Karenina")

		missed, err := f.Delta(f.Ctx, bob, chat.Position{Version: versions[bob.ID]}, false)
		require.NoError(f.T, err)
		require.Nil(f.T, missed.Self)
		require.Len(f.T, missed.Entries, 1)
		require.Equal(f.T, "Anna Karenina", missed.Entries[0].Other.DisplayName)
		require.Equal(f.T, versions[bob.ID]+1, missed.Version)

		missed, err = f.Delta(f.Ctx, ann, chat.Position{Version: versions[ann.ID]}, false)
		require.NoError(f.T, err)
		require.Equal(f.T, "Anna Karenina", missed.Self.DisplayName)
		require.Empty(f.T, missed.Entries)
		missed, err = f.Delta(f.Ctx, ann, chat.Position{Version: missed.Version}, false)
		require.NoError(f.T, err)
		require.Nil(f.T, missed.Self)

		for name, seen := range map[string]chat.Position{"of another epoch": {Version: versions[ann.ID] + 1}, "of another epoch, ahead": {Version: 999}} {
			missed, err = f.Delta(f.Ctx, ann, seen, true)
			require.NoError(f.T, err)
			require.NotNil(f.T, missed.Self, name)
		}
	})
}

func TestReplacedPicturesAreDeleted(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		set := func(picture string) {
			f.T.Helper()
			_, err := f.SetProfile(f.Ctx, ann, "Anna", &picture)
			require.NoError(f.T, err)
		}
		files := func(picture string) []string {
			return []string{imagesize.File(picture, 96), imagesize.File(picture, 256), imagesize.File(picture, 512)}
		}
		set("first")
		require.Empty(f.T, f.Jobs())
		for _, id := range files("first") {
			file, err := f.File(f.Ctx, bob, id)
			require.NoError(f.T, err)
			require.Equal(f.T, chat.File{Blob: id, Type: "image/jpeg", Inline: true, Name: "anna.jpg"}, *file)
		}
		f.Rename(ann, "Anna K")
		require.Equal(f.T, "first", f.Row(ann).Picture, "a new name leaves the picture alone")
		require.Empty(f.T, f.Jobs())
		set("second")
		require.Equal(f.T, store.BlobJob{Blobs: files("first")}, only[store.BlobJob](f))
		set("second")
		require.Empty(f.T, f.Jobs())
		_, err := f.Block(f.Ctx, ann, bob)
		require.NoError(f.T, err)
		_, err = f.File(f.Ctx, bob, imagesize.File("second", 96))
		require.NoError(f.T, err, "a blocked person sees what any stranger sees")
		set("")
		require.Equal(f.T, store.BlobJob{Blobs: files("second")}, only[store.BlobJob](f))
		for _, id := range append(files("first"), append(files("second"), "second", "second.97", "second.", ".96", ".", "", "second.96.96", "..", "%.96")...) {
			_, err := f.File(f.Ctx, bob, id)
			require.Equal(f.T, errs.NotFound, errs.CodeOf(err), id)
		}
	})
}

// befriend makes users contacts of another, directly in the tables.
func (f *fixture) befriend(u *account.User, others []*account.User) {
	f.T.Helper()
	if len(others) == 0 {
		return
	}
	at := time.Now().UTC().Truncate(time.Microsecond)
	pairs := make([]*chat.Conversation, len(others))
	for i, o := range others {
		pairs[i] = &chat.Conversation{LowID: min(u.ID, o.ID), HighID: max(u.ID, o.ID), ContactAt: at}
	}
	_, err := f.DB.Writer().NewInsert().Model(&pairs).Returning("id").Exec(f.Ctx)
	require.NoError(f.T, err)
	var sides []*chat.Membership
	for _, p := range pairs {
		sides = append(sides,
			&chat.Membership{ConversationID: p.ID, UserID: p.LowID, OtherID: p.HighID, Version: 1, ShownAt: at},
			&chat.Membership{ConversationID: p.ID, UserID: p.HighID, OtherID: p.LowID, Version: 1, ShownAt: at})
	}
	_, err = f.DB.Writer().NewInsert().Model(&sides).Exec(f.Ctx)
	require.NoError(f.T, err)
}

func TestNewNameReachesManyContacts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		const contacts = 300
		ann, others := f.User("anna"), f.Users(domain.Numbered("contact", contacts)...)
		f.befriend(ann, others)
		pages := f.pages(append(others, ann))
		f.Changes()
		f.Rename(ann, "Anna Karenina")
		changes := f.Changes()
		require.Equal(f.T, domain.IDs(append(others, ann)...), domain.Viewers(changes))
		pages.show(f.T, changes)
		pages.compare(f, others[:20]...)

		nodes := f.Both() // everybody at once: contacts rename themselves and write meanwhile
		outcomes := domain.Race(40, func(i int) (err error) {
			node, other := nodes[i%2], others[i]
			switch i % 4 {
			case 0, 1:
				_, err = node.SetProfile(f.Ctx, ann, fmt.Sprintf("Anna %d", i), nil)
			case 2:
				_, err = node.SetProfile(f.Ctx, other, fmt.Sprintf("Other %d", i), nil)
			default:
				_, err = node.Send(f.Ctx, other, ann, uuid.New(), "hello")
			}
			return err
		})
		for _, err := range outcomes {
			require.NoError(f.T, err)
		}
		pages.show(f.T, f.Changes())
		pages.compare(f, append(others[:50:50], ann)...)
	})
}

// Names, blocks and messages change at the same time, on two nodes. Nothing hangs, and at the end
// every page shows what is true.
func TestConcurrentChangesReachPages(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		people := f.Users(domain.Numbered("person", 6)...)
		for i, u := range people {
			f.befriend(u, people[i+1:])
		}
		pages := f.pages(people)
		var wg sync.WaitGroup
		for worker := range 8 {
			random := rand.New(rand.NewPCG(47, uint64(worker)))
			wg.Add(1)
			go func() {
				defer wg.Done()
				for step := range 40 {
					a, b := random.IntN(len(people)), random.IntN(len(people)-1)
					if b >= a {
						b++
					}
					err := f.anything(nodes[worker%2], random.IntN(12), people[a], people[b], fmt.Sprint(worker, " ", step))
					if code := errs.CodeOf(err); err != nil && code != errs.Refused && code != errs.TooFast {
						t.Errorf("worker %d, step %d: %v", worker, step, err)
					}
				}
			}()
		}
		wg.Wait()
		pages.show(f.T, f.Changes())
		pages.compare(f, people...)
	})
}

// anything is one of the things that a can do to b.
func (f *fixture) anything(node *domain.Node, what int, a, b *account.User, word string) (err error) {
	switch what {
	case 0:
		_, err = node.SendRequest(f.Ctx, a, b)
	case 1:
		_, err = node.Accept(f.Ctx, a, b)
	case 2:
		_, err = node.Reject(f.Ctx, a, b)
	case 3:
		_, err = node.Cancel(f.Ctx, a, b)
	case 4:
		_, err = node.Remove(f.Ctx, a, b)
	case 5:
		_, err = node.Block(f.Ctx, a, b)
	case 6, 7:
		_, err = node.Unblock(f.Ctx, a, b)
	case 8:
		_, err = node.MarkRead(f.Ctx, a, b, 1_000_000)
	case 9:
		_, err = node.SetProfile(f.Ctx, a, a.Username+" "+word, nil)
	case 10:
		_, err = node.OpenSession(f.Ctx, a, word)
	case 11:
		err = f.anyAction(node, a, b, word)
	default:
		_, err = node.Send(f.Ctx, a, b, uuid.New(), word)
	}
	return err
}

// anyAction does something to one of the last messages of two people.
func (f *fixture) anyAction(node *domain.Node, a, b *account.User, word string) (err error) {
	words := strings.Fields(word)
	n, err := strconv.Atoi(words[len(words)-1])
	if err != nil {
		return err
	}
	seq := max(1, f.Between(a, b).Seq-int64(n%2))
	switch n % 5 {
	case 0:
		_, err = node.Edit(f.Ctx, a, b, seq, 1_000_000, "edited "+word)
	case 1:
		_, err = node.Delete(f.Ctx, a, b, seq)
	case 2:
		_, err = node.React(f.Ctx, a, b, seq, "👍")
	case 3:
		_, err = node.Save(f.Ctx, a, b, seq, true)
	default:
		_, err = node.Hide(f.Ctx, a, b, seq)
	}
	if errs.CodeOf(err) == errs.NotFound { // the two have no message, or it is hidden
		return nil
	}
	return err
}
