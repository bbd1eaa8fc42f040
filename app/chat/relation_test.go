package chat_test

import (
	"sync"
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestRequestLifecycle(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		stand := func(mine, theirs chat.Standing) {
			t.Helper()
			require.Equal(t, mine, f.Between(ann, bob).Standing)
			require.Equal(t, theirs, f.Between(bob, ann).Standing)
		}
		do := func(act func() (chat.Entry, error)) {
			t.Helper()
			_, err := act()
			require.NoError(t, err)
		}
		stand(chat.Stranger, chat.Stranger)
		do(func() (chat.Entry, error) { return f.SendRequest(f.Ctx, ann, bob) })
		stand(chat.Asked, chat.Asking)
		do(func() (chat.Entry, error) { return f.SendRequest(f.Ctx, ann, bob) }) // again: nothing
		stand(chat.Asked, chat.Asking)
		do(func() (chat.Entry, error) { return f.Cancel(f.Ctx, ann, bob) })
		stand(chat.Stranger, chat.Stranger)
		_, err := f.Accept(f.Ctx, bob, ann)
		require.Equal(t, errs.Refused, errs.CodeOf(err), "what was cancelled cannot be accepted")
		do(func() (chat.Entry, error) { return f.SendRequest(f.Ctx, ann, bob) })
		do(func() (chat.Entry, error) { return f.Reject(f.Ctx, bob, ann) })
		stand(chat.Stranger, chat.Stranger)
		do(func() (chat.Entry, error) { return f.SendRequest(f.Ctx, ann, bob) })
		_, err = f.Accept(f.Ctx, ann, bob)
		require.Equal(t, errs.Refused, errs.CodeOf(err), "one's own request is not one's to accept")
		do(func() (chat.Entry, error) { return f.Accept(f.Ctx, bob, ann) })
		do(func() (chat.Entry, error) { return f.Accept(f.Ctx, bob, ann) })
		stand(chat.InContact, chat.InContact)
		do(func() (chat.Entry, error) { return f.Remove(f.Ctx, ann, bob) })
		stand(chat.Stranger, chat.Stranger)
	})
}

func TestCrossingRequestsMakeContacts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		other := f.Open()
		for _, names := range [][2]string{{"ann0", "bob0"}, {"ann1", "bob1"}, {"ann2", "bob2"}, {"ann3", "bob3"}} {
			ann, bob := f.User(names[0]), f.User(names[1])
			var wg sync.WaitGroup
			for _, ask := range []func() (chat.Entry, error){
				func() (chat.Entry, error) { return f.SendRequest(f.Ctx, ann, bob) },
				func() (chat.Entry, error) { return other.SendRequest(f.Ctx, bob, ann) },
			} {
				wg.Add(1)
				go func() {
					defer wg.Done()
					if _, err := ask(); err != nil {
						t.Error(err)
					}
				}()
			}
			wg.Wait()
			require.Equal(t, chat.InContact, f.Between(ann, bob).Standing)
			require.Equal(t, chat.InContact, f.Between(bob, ann).Standing)
		}
	})
}

func TestBlockLooksLikeRemoval(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "hello")
		_, err := f.Block(f.Ctx, bob, ann)
		require.NoError(t, err)
		require.Equal(t, chat.Stranger, f.Between(ann, bob).Standing)
		require.Equal(t, chat.Blocked, f.Between(bob, ann).Standing)
		for _, pair := range [][2]*account.User{{ann, bob}, {bob, ann}} {
			_, err = f.Send(f.Ctx, pair[0], pair[1], uuid.New(), "still there?")
			require.Equal(t, errs.Refused, errs.CodeOf(err))
		}

		f.Changes()
		_, err = f.SendRequest(f.Ctx, ann, bob)
		require.NoError(t, err)
		require.Equal(t, chat.Asked, f.Between(ann, bob).Standing, "it looks sent")
		for _, change := range f.Changes() {
			require.Equal(t, ann.ID, change.Viewer.ID, "the blocker's pages learn nothing of it")
		}
		_, err = f.SendRequest(f.Ctx, bob, ann)
		require.Equal(t, errs.Refused, errs.CodeOf(err), "the blocker unblocks first")

		_, err = f.Unblock(f.Ctx, bob, ann)
		require.NoError(t, err)
		require.Equal(t, chat.InContact, f.Between(ann, bob).Standing, "what was is restored")
		require.Equal(t, chat.InContact, f.Between(bob, ann).Standing)
	})
}

func TestRequestToBlockerIsSuppressed(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		_, err := f.SendRequest(f.Ctx, ann, bob)
		require.NoError(t, err)
		_, err = f.Block(f.Ctx, bob, ann) // from the request
		require.NoError(t, err)
		require.Equal(t, chat.Asked, f.Between(ann, bob).Standing)
		_, err = f.Accept(f.Ctx, bob, ann)
		require.Equal(t, errs.Refused, errs.CodeOf(err), "an old page's Accept")
		blocked, err := f.BlockedPeople(f.Ctx, bob)
		require.NoError(t, err)
		require.Len(t, blocked, 1)

		_, err = f.Unblock(f.Ctx, bob, ann)
		require.NoError(t, err)
		require.Equal(t, chat.Stranger, f.Between(bob, ann).Standing, "not even after an unblock")
		require.Equal(t, chat.Asked, f.Between(ann, bob).Standing)
		_, err = f.Cancel(f.Ctx, ann, bob)
		require.NoError(t, err)
		_, err = f.SendRequest(f.Ctx, ann, bob)
		require.NoError(t, err)
		require.Equal(t, chat.Asking, f.Between(bob, ann).Standing, "a new one does")
	})
}

func TestBlockRacesSends(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		other := f.Open()
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				store := []*domain.Node{f.Node, other}[i%2]
				if _, err := store.Send(f.Ctx, ann, bob, uuid.New(), "x"); err != nil && errs.CodeOf(err) != errs.Refused {
					t.Error(err)
				}
			}()
		}
		_, err := other.Block(f.Ctx, bob, ann)
		require.NoError(t, err)
		answered := f.Between(bob, ann).Seq
		wg.Wait()
		require.Equal(t, answered, f.Between(bob, ann).Seq, "nothing slips in after the block is answered")
	})
}

func TestReadPositionMovesForwardOnly(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		for range 5 {
			f.Say(ann, bob, "x")
		}
		for _, step := range []struct{ seq, unread int64 }{{3, 2}, {1, 2}, {0, 2}, {99, 0}, {4, 0}} {
			entry, err := f.MarkRead(f.Ctx, bob, ann, step.seq)
			require.NoError(t, err)
			require.Equal(t, step.unread, entry.Unread())
		}
		f.Say(ann, bob, "x")
		require.EqualValues(t, 1, domain.Ptr(f.Between(bob, ann)).Unread(), "one cannot read ahead")
		f.Say(bob, ann, "answer")
		require.Zero(t, domain.Ptr(f.Between(bob, ann)).Unread(), "who writes has read")
	})
}
