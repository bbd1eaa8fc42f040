package chat_test

import (
	"context"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/text"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func TestRepeatedRejectionsDelayRequests(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		ago := func(d time.Duration) {
			f.Exec("UPDATE memberships SET rejected_at = ? WHERE user_id = ?", time.Now().Add(-d).UTC(), ann.ID)
		}
		const day = 24 * time.Hour
		for rejections, wait := range []time.Duration{0, 0, day, 7 * day, 30 * day, 30 * day} {
			if wait > 0 {
				f.Changes()
				_, err := f.SendRequest(f.Ctx, ann, bob)
				var e *errs.Error
				require.ErrorAs(f.T, err, &e, "after %d rejections", rejections)
				require.Equal(f.T, errs.TooFast, e.Code)
				require.InDelta(f.T, wait.Seconds(), e.RetryAfter.Seconds(), 60)
				require.Contains(f.T, e.Sentence, text.Duration(wait))
				require.Equal(f.T, chat.Stranger, f.Between(ann, bob).Standing)
				require.Empty(f.T, f.Changes())
				ago(wait - time.Minute)
				_, err = f.SendRequest(f.Ctx, ann, bob)
				require.Equal(f.T, errs.TooFast, errs.CodeOf(err), "not a minute earlier")
				ago(wait + time.Second)
			}
			_, err := f.SendRequest(f.Ctx, ann, bob)
			require.NoError(f.T, err, "after %d rejections", rejections)
			_, err = f.Reject(f.Ctx, bob, ann)
			require.NoError(f.T, err)
		}
		_, err := f.SendRequest(f.Ctx, ann, bob)
		require.Equal(f.T, errs.TooFast, errs.CodeOf(err))
		_, err = f.SendRequest(f.Ctx, bob, ann)
		require.NoError(f.T, err, "the other may ask")
		_, err = f.SendRequest(f.Ctx, ann, bob)
		require.NoError(f.T, err, "and the user who has to wait may accept")
		require.Equal(f.T, chat.InContact, f.Between(ann, bob).Standing)
		_, err = f.Remove(f.Ctx, bob, ann)
		require.NoError(f.T, err)
		for range 2 { // all is forgotten between those who were contacts
			_, err = f.SendRequest(f.Ctx, ann, bob)
			require.NoError(f.T, err)
			_, err = f.Reject(f.Ctx, bob, ann)
			require.NoError(f.T, err)
		}
	})
}

func TestCancelDoesNotShortenTheDelay(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		for range 2 {
			_, err := f.SendRequest(f.Ctx, ann, bob)
			require.NoError(f.T, err)
			_, err = f.Reject(f.Ctx, bob, ann)
			require.NoError(f.T, err)
		}
		_, err := f.Cancel(f.Ctx, ann, bob)
		require.NoError(f.T, err)
		for _, blocked := range []bool{false, true} {
			if blocked {
				_, err := f.Block(f.Ctx, bob, ann)
				require.NoError(f.T, err)
			}
			_, err = f.SendRequest(f.Ctx, ann, bob)
			require.Equal(f.T, errs.TooFast, errs.CodeOf(err), "blocked: %v", blocked)
		}
	})
}

func TestPendingRequestLimit(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, others := f.User("anna"), f.Users(domain.Numbered("other", chat.MaxRequests+30)...)
		for _, u := range others[:3] {
			_, err := f.Block(f.Ctx, u, ann)
			require.NoError(f.T, err)
		}
		for _, u := range others[:chat.MaxRequests-1] { // three of them never arrive
			_, err := f.SendRequest(f.Ctx, ann, u)
			require.NoError(f.T, err)
		}
		more := others[chat.MaxRequests:]
		nodes := f.Both()
		domain.Once(f.T, domain.Race(10, func(i int) error {
			_, err := nodes[i%2].SendRequest(f.Ctx, ann, more[i])
			return err
		}), errs.Refused)
		require.Equal(f.T, chat.MaxRequests, f.Count("SELECT count(*) FROM memberships WHERE asked_at IS NOT NULL"))

		full := func(u *account.User) {
			f.T.Helper()
			f.Changes()
			_, err := f.SendRequest(f.Ctx, ann, u)
			require.Equal(f.T, errs.Refused, errs.CodeOf(err))
			require.Contains(f.T, err.Error(), "100 requests")
			require.Empty(f.T, f.Changes())
			require.NotEqual(f.T, chat.Asked, f.Between(ann, u).Standing)
		}
		full(more[10])
		_, err := f.SendRequest(f.Ctx, ann, others[5])
		require.NoError(f.T, err, "asking twice changes nothing")
		_, err = f.SendRequest(f.Ctx, more[11], ann)
		require.NoError(f.T, err)
		_, err = f.SendRequest(f.Ctx, ann, more[11])
		require.NoError(f.T, err, "a yes is no request")
		require.Equal(f.T, chat.InContact, f.Between(ann, more[11]).Standing)
		full(more[12])

		for i, free := range []func(context.Context, *account.User, *account.User) (chat.Entry, error){
			func(ctx context.Context, me, other *account.User) (chat.Entry, error) {
				return f.Cancel(ctx, other, me)
			},
			f.Accept, f.Reject,
		} {
			_, err := free(f.Ctx, others[10+i], ann)
			require.NoError(f.T, err)
			_, err = f.SendRequest(f.Ctx, ann, more[13+i])
			require.NoError(f.T, err, "one less, one more")
			full(more[20])
		}
		_, err = f.Cancel(f.Ctx, ann, others[0]) // one that never arrived
		require.NoError(f.T, err)
		_, err = f.SendRequest(f.Ctx, ann, more[16])
		require.NoError(f.T, err)
		_, err = f.Unblock(f.Ctx, others[1], ann)
		require.NoError(f.T, err)
		full(more[20])
	})
}

func TestRequestCountIsPublished(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, others := f.User("anna"), f.Users(domain.Numbered("other", 6)...)
		act := func(_ chat.Entry, err error) { require.NoError(f.T, err) }
		count := func(want int, why string) {
			f.T.Helper()
			told := 0
			for _, change := range f.Changes() {
				if change.Viewer.ID == ann.ID {
					require.NotNil(f.T, change.Requests, why)
					require.Equal(f.T, want, *change.Requests, why)
					told++
				}
			}
			require.Equal(f.T, 1, told, why)
			missed, err := f.Delta(f.Ctx, ann, chat.Position{}, true)
			require.NoError(f.T, err)
			require.Equal(f.T, want, missed.Requests, why)
		}
		for i, u := range others {
			act(f.SendRequest(f.Ctx, u, ann))
			count(i+1, "asked")
		}
		act(f.Accept(f.Ctx, ann, others[0]))
		count(5, "accepted")
		act(f.Reject(f.Ctx, ann, others[1]))
		count(4, "rejected")
		act(f.Cancel(f.Ctx, others[2], ann))
		count(3, "cancelled")
		act(f.Block(f.Ctx, ann, others[3]))
		count(2, "blocked")
		act(f.Block(f.Ctx, others[4], ann))
		count(1, "blocked by the sender of the request")
		require.NoError(f.T, f.DeleteAccount(f.Ctx, others[5], domain.Password))
		count(0, "gone")
	})
}

func TestSuppressedRequestLooksSent(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		act := func(_ chat.Entry, err error) { require.NoError(f.T, err) }
		looks := func(mine, theirs chat.Standing, why string) {
			f.T.Helper()
			require.Equal(f.T, mine, f.Between(ann, bob).Standing, why)
			require.Equal(f.T, theirs, f.Between(bob, ann).Standing, why)
			missed, err := f.Delta(f.Ctx, bob, chat.Position{}, true)
			require.NoError(f.T, err)
			require.Zero(f.T, missed.Requests, why)
		}
		act(f.Block(f.Ctx, bob, ann))
		act(f.SendRequest(f.Ctx, ann, bob))
		looks(chat.Asked, chat.Blocked, "sent")
		f.Rename(bob, "Bob")
		looks(chat.Asked, chat.Blocked, "and stays so")
		act(f.Unblock(f.Ctx, bob, ann))
		looks(chat.Asked, chat.Stranger, "after an unblock")
		for _, answer := range []func(context.Context, *account.User, *account.User) (chat.Entry, error){f.Accept, f.Reject} {
			_, err := answer(f.Ctx, bob, ann)
			require.Equal(f.T, errs.Refused, errs.CodeOf(err))
		}
		act(f.Block(f.Ctx, bob, ann))
		act(f.Unblock(f.Ctx, bob, ann))
		looks(chat.Asked, chat.Stranger, "blocked and unblocked once more")
		act(f.SendRequest(f.Ctx, ann, bob))
		looks(chat.Asked, chat.Stranger, "asking twice changes nothing")
	})
}
