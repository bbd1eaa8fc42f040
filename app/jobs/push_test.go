package jobs_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/test/services/pushservice"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// pushed is the payload as a service worker reads it.
type pushed struct {
	Tag, Title, Body, URL, Icon string
	At, Seq, Unread             int64
	Others                      []string
}

func payload(t *testing.T, n pushservice.Notification) (p pushed) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(n.Payload), &p))
	return p
}

// friends are two contacts with confirmed addresses.
func (w *fixture) friends() (anna, bert *account.User) {
	w.t.Helper()
	anna, bert = w.signUp("anna"), w.signUp("bert")
	w.exec("UPDATE users SET verified_at = created_at")
	_, err := w.SendRequest(w.ctx, anna, bert)
	require.NoError(w.t, err)
	_, err = w.Accept(w.ctx, bert, anna)
	require.NoError(w.t, err)
	return anna, bert
}

// browser subscribes a new browser of a person.
func (w *fixture) browser(u *account.User) *pushservice.Browser {
	w.t.Helper()
	token, err := w.OpenSession(w.ctx, u, "Firefox")
	require.NoError(w.t, err)
	session, err := w.SessionByToken(w.ctx, token)
	require.NoError(w.t, err)
	b := w.service.Subscribe(w.options.Push.Key())
	keys := b.Keys()
	require.NoError(w.t, w.Subscribe(w.ctx, session, keys.Endpoint, keys.P256dh, keys.Auth))
	return b
}

func (w *fixture) say(from, to *account.User, body string) {
	w.t.Helper()
	_, err := w.Send(w.ctx, from, to, uuid.New(), body)
	require.NoError(w.t, err)
}

// idle waits until no push message waits any more.
func (w *fixture) idle() {
	w.t.Helper()
	w.arrivals.Wait()
	w.eventually("all push jobs end", func() bool {
		s := w.states("push")
		return s["available"]+s["scheduled"]+s["running"]+s["retryable"]+s["pending"] == 0
	})
}

func TestUnreadMessageIsPushedToEveryBrowser(t *testing.T) {
	everyWay(t, func(w *fixture) {
		anna, bert := w.friends()
		phone, laptop := w.browser(bert), w.browser(bert)
		w.worker()
		w.say(anna, bert, "*hello*")
		for _, b := range []*pushservice.Browser{phone, laptop} {
			p := payload(t, b.Next())
			require.Equal(t, []any{"anna", "/chats/anna", int64(1), int64(1), []string{p.Tag}}, []any{p.Title, p.URL, p.Seq, p.Unread, p.Others})
			require.Contains(t, p.Body, "hello")
			require.True(t, strings.HasPrefix(p.Icon, "/static/icon-192."))
		}
		w.idle()
		require.NoError(t, w.SetNotifications(w.ctx, bert, account.NotificationForm{}))
		w.say(anna, bert, "secret")
		p := payload(t, phone.Next())
		require.Equal(t, "2 new messages", p.Body, "the text is not wanted")
		require.NotContains(t, w.log.String(), "secret")
	})
}

// What is read at once, or by a person who looks, is not pushed.
func TestReadMessageIsNotPushed(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, bert := w.friends()
		b := w.browser(bert)
		w.say(anna, bert, "one")
		w.arrivals.Wait()
		_, err := w.MarkRead(w.ctx, bert, anna, 1)
		require.NoError(t, err)
		w.worker()
		w.idle()
		require.Zero(t, b.Waiting())

		w.looks = func(user int64) bool { return user == bert.ID }
		w.say(anna, bert, "two")
		w.idle()
		w.looks = nil
		require.Zero(t, b.Waiting())
		w.say(anna, bert, "three")
		require.Equal(t, int64(3), payload(t, b.Next()).Seq)
	})
}

// Many messages of a conversation are one notification, and the last one is told of.
func TestOneJobWaitsForEachConversation(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, bert := w.friends()
		b := w.browser(bert)
		for range 5 {
			w.say(anna, bert, "more")
			w.arrivals.Wait()
		}
		states := w.states("push")
		require.Equal(t, 1, states["available"]+states["scheduled"])
		w.worker()
		require.Equal(t, int64(5), payload(t, b.Next()).Seq)
		w.idle()
		require.Zero(t, b.Waiting())
	})
}

// A message that arrives while the job of an earlier one is at work has no job of its own.
func TestMessageDuringPushIsNotLost(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, bert := w.friends()
		b := w.browser(bert)
		w.worker()
		during := sync.OnceFunc(func() {
			w.say(anna, bert, "two")
			w.arrivals.Wait()
		})
		w.service.Before(during)
		w.say(anna, bert, "one")
		require.Equal(t, int64(1), payload(t, b.Next()).Seq)
		require.Equal(t, int64(2), payload(t, b.Next()).Seq)
		w.idle()
	})
}

func TestEndedSubscriptionIsDropped(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, bert := w.friends()
		gone, other := w.browser(bert), w.browser(bert)
		w.service.Unsubscribe(gone)
		w.worker()
		w.say(anna, bert, "hello")
		other.Next()
		w.idle()
		var left int
		require.NoError(t, w.db.Read().NewRaw("SELECT count(*) FROM push_subscriptions").Scan(w.ctx, &left))
		require.Equal(t, 1, left)
		require.Zero(t, w.log.count("level=WARN"), "it is nothing to look into")
	})
}

func TestBusyPushServiceIsTriedAgain(t *testing.T) {
	everywhere(t, func(w *fixture) {
		var mu sync.Mutex
		outcomes := map[string]int{}
		w.options.Pushed = func(outcome string) {
			mu.Lock()
			defer mu.Unlock()
			outcomes[outcome]++
		}
		count := func(outcome string) int {
			mu.Lock()
			defer mu.Unlock()
			return outcomes[outcome]
		}
		anna, bert := w.friends()
		b := w.browser(bert)
		w.worker()
		w.service.Answer(http.StatusTooManyRequests, "")
		w.say(anna, bert, "hello")
		w.eventually("it is tried again", func() bool { return count("failed") >= 2 })
		w.service.Answer(0, "")
		b.Next()
		w.idle()
		require.Equal(t, 1, count("sent"))

		w.service.Answer(http.StatusBadRequest, "")
		w.say(anna, bert, "hello again")
		w.eventually("it is given up", func() bool { return w.states("push")["cancelled"] == 1 })
		require.NotContains(t, w.log.String(), "/push/", "the log holds no endpoint")
	})
}

func TestDigestIsMailed(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, bert := w.friends()
		require.NoError(t, w.SetNotifications(w.ctx, bert, account.NotificationForm{Digest: 4}))
		w.say(anna, bert, "secret")
		w.exec("UPDATE messages SET created_at = ?", time.Now().UTC().Add(-5*time.Hour))
		w.exec("UPDATE users SET digested_at = ? WHERE id = ?", time.Now().UTC().Add(-24*time.Hour), bert.ID)
		w.worker()
		got := func() (list []email) {
			for _, e := range w.sink.to("bert@example.org") {
				if strings.Contains(e.subject, "unread") {
					list = append(list, e)
				}
			}
			return list
		}
		w.eventually("the digest arrives", func() bool { return len(got()) == 1 })
		e := got()[0]
		require.Equal(t, "1 unread message from anna", e.subject)
		require.Contains(t, e.text, "anna (1).")
		require.NotContains(t, e.text+e.html, "secret")
		link := home + "/email/unsubscribe/"
		require.Equal(t, "List-Unsubscribe=One-Click", e.post)
		require.True(t, strings.HasPrefix(e.unsubscribe, "<"+link) && strings.HasSuffix(e.unsubscribe, ">"), e.unsubscribe)
		token := strings.TrimSuffix(strings.TrimPrefix(e.unsubscribe, "<"+link), ">")
		require.Contains(t, e.text, link+token)
		require.Contains(t, e.html, link+token)
		w.eventually("it is noted", func() bool {
			due, err := w.DueDigests(w.ctx)
			return err == nil && len(due) == 0
		})
		require.NoError(t, w.StopDigest(w.ctx, token))
		require.NotContains(t, w.log.String(), token)
	})
}
