package browser

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// stream sends messages until stop is called, which returns their number.
func stream(t *testing.T, from, to *harness.Person) (stop func() int) {
	t.Helper()
	done, n := make(chan struct{}), 0
	var wg sync.WaitGroup
	wg.Go(func() {
		pace := time.NewTicker(100 * time.Millisecond)
		defer pace.Stop()
		for {
			select {
			case <-done:
				return
			case <-pace.C:
				answer := from.Post("/chats/"+to.Username+"/messages", url.Values{"body": {"one of many"}}, true)
				if answer.Status != http.StatusOK {
					t.Errorf("%d: %s", answer.Status, answer.Body)
				}
				n++
			}
		}
	})
	end := sync.OnceFunc(func() {
		close(done)
		wg.Wait()
	})
	t.Cleanup(end)
	return func() int {
		end()
		return n
	}
}

// awaitAll waits for the conversation's last message and asserts that no message is missing.
func (p *Page) awaitAll(n int) {
	p.t.Helper()
	// The answer to one's own message may come before the frame with the message above it.
	p.Await("the last message, and those above it", `n => {
    const seqs = [...document.querySelectorAll('#pane [role=log] article')].map(row => Number(row.dataset.seq))
    return seqs.at(-1) === n && seqs.length > n - seqs[0]
  }`, n)
	rows := p.Log() // read once: an earlier page may load at any time
	require.NotEmpty(p.t, rows)
	onceEach(p.t, p, rows, rows[0].Seq, int64(n))
}

// However a user navigates while messages arrive, the log is complete.
func TestNoMessageMissedDuringNavigation(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.Excuse(connectionErrors...) // requests cancelled by a reload
	p.AwaitLive()
	stop := stream(t, bert, anna)
	for _, latency := range []time.Duration{0, 100 * time.Millisecond} {
		p.Latency(latency)
		for range 2 {
			p.Reload()
			p.AwaitChat("bert")
			p.OpenChat("carl")
			p.OpenChat("bert")
			p.OpenChat("carl")
			p.Back()
			p.AwaitChat("bert")
		}
	}
	p.awaitAll(stop())
	p.scrollTo(1_000_000)
	p.AwaitUnread("bert", 0)
}

func TestNoMessageMissedOnBadConnection(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.Excuse(connectionErrors...)
	p.AwaitLive()
	stop := stream(t, bert, anna)
	for i, text := range numbered("mine %d", 6) {
		p.Offline(i%2 == 0)
		p.Send(text)
		if i%2 == 1 {
			p.AwaitText(text)
		}
	}
	n := stop()
	p.awaitAll(n + 6)
	requireInOrder(t, p.Texts(), numbered("mine %d", 6))
	require.Empty(t, ask[[]string](p, `() => [...document.querySelectorAll('[data-pending]')].map(b => b.innerText)`))
}
