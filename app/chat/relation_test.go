package chat_test

import (
	"sync"
	"testing"

	"dchat/app/chat"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestRequestsFromSendingToContact(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		stand := func(mine, theirs chat.Standing) {
			t.Helper()
			require.Equal(t, mine, w.between(ann, bob).Standing)
			require.Equal(t, theirs, w.between(bob, ann).Standing)
		}
		do := func(act func() (chat.Entry, error)) {
			t.Helper()
			_, err := act()
			require.NoError(t, err)
		}
		stand(chat.Stranger, chat.Stranger)
		do(func() (chat.Entry, error) { return w.Ask(w.ctx, ann, bob) })
		stand(chat.Asked, chat.Asking)
		do(func() (chat.Entry, error) { return w.Ask(w.ctx, ann, bob) }) // again: nothing
		stand(chat.Asked, chat.Asking)
		do(func() (chat.Entry, error) { return w.Cancel(w.ctx, ann, bob) })
		stand(chat.Stranger, chat.Stranger)
		_, err := w.Accept(w.ctx, bob, ann)
		require.Equal(t, chat.Refused, chat.CodeOf(err), "what was cancelled cannot be accepted")
		do(func() (chat.Entry, error) { return w.Ask(w.ctx, ann, bob) })
		do(func() (chat.Entry, error) { return w.Reject(w.ctx, bob, ann) })
		stand(chat.Stranger, chat.Stranger)
		do(func() (chat.Entry, error) { return w.Ask(w.ctx, ann, bob) })
		_, err = w.Accept(w.ctx, ann, bob)
		require.Equal(t, chat.Refused, chat.CodeOf(err), "one's own request is not one's to accept")
		do(func() (chat.Entry, error) { return w.Accept(w.ctx, bob, ann) })
		do(func() (chat.Entry, error) { return w.Accept(w.ctx, bob, ann) })
		stand(chat.InContact, chat.InContact)
		do(func() (chat.Entry, error) { return w.Remove(w.ctx, ann, bob) })
		stand(chat.Stranger, chat.Stranger)
	})
}

func TestCrossingRequestsMakeContacts(t *testing.T) {
	everywhere(t, func(w *world) {
		other := w.open()
		for _, names := range [][2]string{{"ann0", "bob0"}, {"ann1", "bob1"}, {"ann2", "bob2"}, {"ann3", "bob3"}} {
			ann, bob := w.person(names[0]), w.person(names[1])
			var wg sync.WaitGroup
			for _, ask := range []func() (chat.Entry, error){
				func() (chat.Entry, error) { return w.Ask(w.ctx, ann, bob) },
				func() (chat.Entry, error) { return other.Ask(w.ctx, bob, ann) },
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
			require.Equal(t, chat.InContact, w.between(ann, bob).Standing)
			require.Equal(t, chat.InContact, w.between(bob, ann).Standing)
		}
	})
}

func TestBlockLooksLikeRemoval(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		w.say(ann, bob, "hello")
		_, err := w.Block(w.ctx, bob, ann)
		require.NoError(t, err)
		require.Equal(t, chat.Stranger, w.between(ann, bob).Standing)
		require.Equal(t, chat.Blocked, w.between(bob, ann).Standing)
		for _, pair := range [][2]*chat.User{{ann, bob}, {bob, ann}} {
			_, err = w.Send(w.ctx, pair[0], pair[1], uuid.New(), "still there?")
			require.Equal(t, chat.Refused, chat.CodeOf(err))
		}

		w.told()
		_, err = w.Ask(w.ctx, ann, bob)
		require.NoError(t, err)
		require.Equal(t, chat.Asked, w.between(ann, bob).Standing, "it looks sent")
		for _, change := range w.told() {
			require.Equal(t, ann.ID, change.Viewer.ID, "the blocker's pages learn nothing of it")
		}
		_, err = w.Ask(w.ctx, bob, ann)
		require.Equal(t, chat.Refused, chat.CodeOf(err), "the blocker unblocks first")

		_, err = w.Unblock(w.ctx, bob, ann)
		require.NoError(t, err)
		require.Equal(t, chat.InContact, w.between(ann, bob).Standing, "what was is restored")
		require.Equal(t, chat.InContact, w.between(bob, ann).Standing)
	})
}

func TestARequestToABlockerNeverArrives(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		_, err := w.Ask(w.ctx, ann, bob)
		require.NoError(t, err)
		_, err = w.Block(w.ctx, bob, ann) // from the request
		require.NoError(t, err)
		require.Equal(t, chat.Asked, w.between(ann, bob).Standing)
		_, err = w.Accept(w.ctx, bob, ann)
		require.Equal(t, chat.Refused, chat.CodeOf(err), "an old page's Accept")
		blocked, err := w.BlockedPeople(w.ctx, bob)
		require.NoError(t, err)
		require.Len(t, blocked, 1)

		_, err = w.Unblock(w.ctx, bob, ann)
		require.NoError(t, err)
		require.Equal(t, chat.Stranger, w.between(bob, ann).Standing, "not even after an unblock")
		require.Equal(t, chat.Asked, w.between(ann, bob).Standing)
		_, err = w.Cancel(w.ctx, ann, bob)
		require.NoError(t, err)
		_, err = w.Ask(w.ctx, ann, bob)
		require.NoError(t, err)
		require.Equal(t, chat.Asking, w.between(bob, ann).Standing, "a new one does")
	})
}

func TestABlockRacesSends(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		other := w.open()
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				store := []*chat.Store{w.Store, other}[i%2]
				if _, err := store.Send(w.ctx, ann, bob, uuid.New(), "x"); err != nil && chat.CodeOf(err) != chat.Refused {
					t.Error(err)
				}
			}()
		}
		_, err := other.Block(w.ctx, bob, ann)
		require.NoError(t, err)
		answered := w.between(bob, ann).Seq
		wg.Wait()
		require.Equal(t, answered, w.between(bob, ann).Seq, "nothing slips in after the block is answered")
	})
}

func TestReadingMovesForwardOnly(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		for range 5 {
			w.say(ann, bob, "x")
		}
		for _, step := range []struct{ seq, unread int64 }{{3, 2}, {1, 2}, {0, 2}, {99, 0}, {4, 0}} {
			entry, err := w.MarkRead(w.ctx, bob, ann, step.seq)
			require.NoError(t, err)
			require.Equal(t, step.unread, entry.Unread())
		}
		w.say(ann, bob, "x")
		require.EqualValues(t, 1, ptr(w.between(bob, ann)).Unread(), "one cannot read ahead")
		w.say(bob, ann, "answer")
		require.Zero(t, ptr(w.between(bob, ann)).Unread(), "who writes has read")
	})
}
