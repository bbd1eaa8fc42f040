package chat_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

func TestWhoIsRejectedAgainAndAgainWaits(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		ago := func(d time.Duration) {
			w.exec("UPDATE memberships SET rejected_at = ? WHERE user_id = ?", time.Now().Add(-d).UTC(), ann.ID)
		}
		const day = 24 * time.Hour
		for rejections, wait := range []time.Duration{0, 0, day, 7 * day, 30 * day, 30 * day} {
			if wait > 0 {
				w.told()
				_, err := w.Ask(w.ctx, ann, bob)
				var e *chat.Error
				require.ErrorAs(w.t, err, &e, "after %d rejections", rejections)
				require.Equal(w.t, chat.TooFast, e.Code)
				require.InDelta(w.t, wait.Seconds(), e.RetryAfter.Seconds(), 60)
				require.Contains(w.t, e.Sentence, chat.InWords(wait))
				require.Equal(w.t, chat.Stranger, w.between(ann, bob).Standing)
				require.Empty(w.t, w.told())
				ago(wait - time.Minute)
				_, err = w.Ask(w.ctx, ann, bob)
				require.Equal(w.t, chat.TooFast, chat.CodeOf(err), "not a minute earlier")
				ago(wait + time.Second)
			}
			_, err := w.Ask(w.ctx, ann, bob)
			require.NoError(w.t, err, "after %d rejections", rejections)
			_, err = w.Reject(w.ctx, bob, ann)
			require.NoError(w.t, err)
		}
		_, err := w.Ask(w.ctx, ann, bob)
		require.Equal(w.t, chat.TooFast, chat.CodeOf(err))
		_, err = w.Ask(w.ctx, bob, ann)
		require.NoError(w.t, err, "the other may ask")
		_, err = w.Ask(w.ctx, ann, bob)
		require.NoError(w.t, err, "and whoever has to wait may say yes")
		require.Equal(w.t, chat.InContact, w.between(ann, bob).Standing)
		_, err = w.Remove(w.ctx, bob, ann)
		require.NoError(w.t, err)
		for range 2 { // all is forgotten between those who were contacts
			_, err = w.Ask(w.ctx, ann, bob)
			require.NoError(w.t, err)
			_, err = w.Reject(w.ctx, bob, ann)
			require.NoError(w.t, err)
		}
	})
}

func TestCancellingIsNoWayAroundTheWait(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		for range 2 {
			_, err := w.Ask(w.ctx, ann, bob)
			require.NoError(w.t, err)
			_, err = w.Reject(w.ctx, bob, ann)
			require.NoError(w.t, err)
		}
		_, err := w.Cancel(w.ctx, ann, bob)
		require.NoError(w.t, err)
		for _, blocked := range []bool{false, true} {
			if blocked {
				_, err := w.Block(w.ctx, bob, ann)
				require.NoError(w.t, err)
			}
			_, err = w.Ask(w.ctx, ann, bob)
			require.Equal(w.t, chat.TooFast, chat.CodeOf(err), "blocked: %v", blocked)
		}
	})
}

func TestOnlySoManyRequestsWait(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, others := w.person("anna"), w.people(numbered("other", chat.MaxAsked+30)...)
		for _, u := range others[:3] {
			_, err := w.Block(w.ctx, u, ann)
			require.NoError(w.t, err)
		}
		for _, u := range others[:chat.MaxAsked-1] { // three of them never arrive
			_, err := w.Ask(w.ctx, ann, u)
			require.NoError(w.t, err)
		}
		more := others[chat.MaxAsked:]
		nodes := w.both()
		once(w.t, race(10, func(i int) error {
			_, err := nodes[i%2].Ask(w.ctx, ann, more[i])
			return err
		}), chat.Refused)
		require.Equal(w.t, chat.MaxAsked, w.count("SELECT count(*) FROM memberships WHERE asked_at IS NOT NULL"))

		full := func(u *chat.User) {
			w.t.Helper()
			w.told()
			_, err := w.Ask(w.ctx, ann, u)
			require.Equal(w.t, chat.Refused, chat.CodeOf(err))
			require.Contains(w.t, err.Error(), "100 requests")
			require.Empty(w.t, w.told())
			require.NotEqual(w.t, chat.Asked, w.between(ann, u).Standing)
		}
		full(more[10])
		_, err := w.Ask(w.ctx, ann, others[5])
		require.NoError(w.t, err, "asking twice changes nothing")
		_, err = w.Ask(w.ctx, more[11], ann)
		require.NoError(w.t, err)
		_, err = w.Ask(w.ctx, ann, more[11])
		require.NoError(w.t, err, "a yes is no request")
		require.Equal(w.t, chat.InContact, w.between(ann, more[11]).Standing)
		full(more[12])

		for i, free := range []func(context.Context, *chat.User, *chat.User) (chat.Entry, error){
			func(ctx context.Context, me, other *chat.User) (chat.Entry, error) { return w.Cancel(ctx, other, me) },
			w.Accept, w.Reject,
		} {
			_, err := free(w.ctx, others[10+i], ann)
			require.NoError(w.t, err)
			_, err = w.Ask(w.ctx, ann, more[13+i])
			require.NoError(w.t, err, "one less, one more")
			full(more[20])
		}
		_, err = w.Cancel(w.ctx, ann, others[0]) // one that never arrived
		require.NoError(w.t, err)
		_, err = w.Ask(w.ctx, ann, more[16])
		require.NoError(w.t, err)
		_, err = w.Unblock(w.ctx, others[1], ann)
		require.NoError(w.t, err)
		full(more[20])
	})
}

func TestTheCountOfRequestsIsLive(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, others := w.person("anna"), w.people(numbered("other", 6)...)
		act := func(_ chat.Entry, err error) { require.NoError(w.t, err) }
		count := func(want int, why string) {
			w.t.Helper()
			told := 0
			for _, change := range w.told() {
				if change.Viewer.ID == ann.ID {
					require.NotNil(w.t, change.Requests, why)
					require.Equal(w.t, want, *change.Requests, why)
					told++
				}
			}
			require.Equal(w.t, 1, told, why)
			missed, err := w.Missed(w.ctx, ann, chat.Seen{}, true)
			require.NoError(w.t, err)
			require.Equal(w.t, want, missed.Requests, why)
		}
		for i, u := range others {
			act(w.Ask(w.ctx, u, ann))
			count(i+1, "asked")
		}
		act(w.Accept(w.ctx, ann, others[0]))
		count(5, "accepted")
		act(w.Reject(w.ctx, ann, others[1]))
		count(4, "rejected")
		act(w.Cancel(w.ctx, others[2], ann))
		count(3, "cancelled")
		act(w.Block(w.ctx, ann, others[3]))
		count(2, "blocked")
		act(w.Block(w.ctx, others[4], ann))
		count(1, "blocked by whoever asked")
		require.NoError(w.t, w.DeleteAccount(w.ctx, others[5], password))
		count(0, "gone")
	})
}

func TestARequestThatNeverArrivesLooksSent(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		act := func(_ chat.Entry, err error) { require.NoError(w.t, err) }
		looks := func(mine, theirs chat.Standing, why string) {
			w.t.Helper()
			require.Equal(w.t, mine, w.between(ann, bob).Standing, why)
			require.Equal(w.t, theirs, w.between(bob, ann).Standing, why)
			missed, err := w.Missed(w.ctx, bob, chat.Seen{}, true)
			require.NoError(w.t, err)
			require.Zero(w.t, missed.Requests, why)
		}
		act(w.Block(w.ctx, bob, ann))
		act(w.Ask(w.ctx, ann, bob))
		looks(chat.Asked, chat.Blocked, "sent")
		w.rename(bob, "Bob")
		looks(chat.Asked, chat.Blocked, "and stays so")
		act(w.Unblock(w.ctx, bob, ann))
		looks(chat.Asked, chat.Stranger, "after an unblock")
		for _, answer := range []func(context.Context, *chat.User, *chat.User) (chat.Entry, error){w.Accept, w.Reject} {
			_, err := answer(w.ctx, bob, ann)
			require.Equal(w.t, chat.Refused, chat.CodeOf(err))
		}
		act(w.Block(w.ctx, bob, ann))
		act(w.Unblock(w.ctx, bob, ann))
		looks(chat.Asked, chat.Stranger, "blocked and unblocked once more")
		act(w.Ask(w.ctx, ann, bob))
		looks(chat.Asked, chat.Stranger, "asking twice changes nothing")
	})
}

func TestWaitsInWords(t *testing.T) {
	for wait, words := range map[time.Duration]string{
		0: "a second", time.Millisecond: "a second", time.Second: "a second", 1500 * time.Millisecond: "2 seconds", 90 * time.Second: "90 seconds",
		91 * time.Second: "2 minutes", 5 * time.Minute: "5 minutes", time.Hour: "60 minutes", 119 * time.Minute: "119 minutes", 3 * time.Hour: "3 hours",
		24 * time.Hour: "24 hours", 24*time.Hour - time.Minute: "24 hours", 48*time.Hour + 1: "3 days", 7 * 24 * time.Hour: "7 days", 7*24*time.Hour - 1: "7 days",
	} {
		require.Equal(t, words, chat.InWords(wait), fmt.Sprint(wait))
	}
}
