package browser

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// It does not run in parallel: it takes all of the machine.
func TestTwentyParallelSenders(t *testing.T) {
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	harness.Connect(t, bert, carl)
	a, b := enter(t, anna, s.URL, "/chats/bert"), enter(t, bert, s.URL, "/chats/anna")
	elsewhere := enter(t, s.SignIn(t, "bert"), s.URL, "/chats/carl")
	for _, p := range []*Page{a, b, elsewhere} {
		p.AwaitLive()
	}
	b.LookAway()

	const senders, each = 20, 100
	var wg sync.WaitGroup
	began := time.Now()
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				answer := anna.Post("/chats/bert/messages", url.Values{"body": {fmt.Sprintf("%d of sender %d", i, sender)}}, true)
				if answer.Status != http.StatusOK {
					t.Errorf("%d: %s", answer.Status, answer.Body)
				}
			}
		})
	}
	wg.Wait()
	sent := time.Now()
	for _, p := range []*Page{a, b} {
		p.AwaitWithin(2*patience, "the last message", `seq => [...document.querySelectorAll('#pane [role=log] article[id]')].at(-1)?.dataset.seq === String(seq)`, senders*each)
	}
	t.Logf("%d messages were sent in %v, and shown %v later", senders*each, sent.Sub(began).Round(time.Millisecond), time.Since(sent).Round(time.Millisecond))
	la, lb := a.Log(), b.Log()
	n := min(len(la), len(lb))
	require.GreaterOrEqual(t, n, 50)
	for i := 1; i <= n; i++ {
		x, y := la[len(la)-i], lb[len(lb)-i]
		require.Equal(t, int64(senders*each+1-i), x.Seq)
		require.Equal(t, x.ID+x.Text, y.ID+y.Text)
	}
	elsewhere.AwaitUnread("anna", senders*each)
	elsewhere.AwaitTitle(fmt.Sprintf("(%d) carl · DChat", senders*each))
}
