package rehearsal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/test/harness"
	"dchat/test/page"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

const (
	interval = 100 * time.Millisecond // between two messages of each person
	margin   = 2 * time.Second        // before and after an event
	patience = 90 * time.Second       // for events that must happen
)

// talk is a conversation of two people and the state of each message in it.
type talk struct {
	t     *testing.T
	pages [2]*tab

	mu   sync.Mutex
	sent map[string]*sentMessage // by text
}

type sentMessage struct {
	from, n int
	typed   time.Time
	acked   bool
	shown   [2]time.Time // by page
	id      string
	doubled bool // shown with two ids
}

// openTalk opens both pages.
func openTalk(t *testing.T, anna, bert *harness.Person) *talk {
	t.Helper()
	k := &talk{t: t, sent: map[string]*sentMessage{}}
	for i, two := range [2][2]*harness.Person{{anna, bert}, {bert, anna}} {
		k.pages[i] = open(t, two[0], two[1].Username, func(body, id string) { k.seen(i, body, id) })
	}
	return k
}

func (k *talk) seen(page int, body, id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.sent[body]
	if s == nil {
		return
	}
	if s.shown[page].IsZero() {
		s.shown[page] = time.Now()
	}
	s.doubled = s.doubled || s.id != "" && s.id != id
	s.id = id
}

// send makes a person send a message.
func (k *talk) send(from, n int, during string) {
	body := fmt.Sprintf("%s's %d during %s", k.pages[from].who.Username, n, during)
	s := &sentMessage{from: from, n: n, typed: time.Now()}
	k.mu.Lock()
	k.sent[body] = s
	k.mu.Unlock()
	k.pages[from].send(body, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		s.acked = true
	})
}

// outcome is what the two people observed during an event.
type outcome struct {
	what                           string
	messages                       int
	lost, doubled, disordered      int
	pause, disconnected            time.Duration // the longest until a message was shown to the other; the longest without a connection
	lines                          int           // lost
	refused, noAnswer, withoutTime int           // sends that were repeated; refusals without Retry-After
}

func (o outcome) String() string {
	return fmt.Sprintf("%s: %d messages, %d lost, %d doubled, %d out of order; longest wait for a message %v, longest without a connection %v (%d lost); sends refused %d, noAnswer %d",
		o.what, o.messages, o.lost, o.doubled, o.disordered, o.pause.Round(time.Millisecond), o.disconnected.Round(time.Millisecond), o.lines, o.refused, o.noAnswer)
}

// requireComplete asserts that no message was lost, doubled or out of order.
func (o outcome) requireComplete(t *testing.T) {
	t.Helper()
	t.Log(o)
	require.Positive(t, o.messages)
	require.Zero(t, o.lost, "messages were lost")
	require.Zero(t, o.doubled, "messages were doubled")
	require.Zero(t, o.disordered, "messages were out of order")
	require.Zero(t, o.withoutTime, "sends were refused without Retry-After")
}

// during runs an event while both people keep sending.
func (k *talk) during(what string, happens func()) outcome {
	k.t.Helper()
	k.reset()
	ctx, stop := context.WithCancel(context.Background())
	var writing sync.WaitGroup
	defer func() {
		stop()
		writing.Wait()
	}()
	counts := [2]int{}
	for from := range k.pages {
		writing.Go(func() {
			tick := time.NewTicker(interval)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					counts[from]++
					k.send(from, counts[from], what)
				}
			}
		})
	}
	time.Sleep(margin)
	happens()
	time.Sleep(margin)
	stop()
	writing.Wait()
	k.settle()
	return k.evaluate(what)
}

// reset clears the counters. Earlier messages stay on the pages.
func (k *talk) reset() {
	for _, p := range k.pages {
		p.ResetRecord()
		p.mu.Lock()
		p.box.refused, p.box.withoutRetryAfter = nil, nil
		p.mu.Unlock()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.sent)
}

// settle waits until all messages are sent and shown, and both pages are connected.
func (k *talk) settle() {
	k.t.Helper()
	for _, p := range k.pages {
		p.awaitConnected()
	}
	for end := time.Now().Add(patience); !k.settled() && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
}

func (k *talk) settled() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.sent {
		if !s.acked || s.shown[0].IsZero() || s.shown[1].IsZero() {
			return false
		}
	}
	return true
}

func (k *talk) evaluate(what string) outcome {
	k.t.Helper()
	o := outcome{what: what}
	logs := [][]page.Row{k.stored(), k.pages[0].log(), k.pages[1].log()}
	for _, p := range k.pages {
		require.NoError(k.t, p.Err())
		o.add(p)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	o.messages = len(k.sent)
	counted := map[string]int{}
	for _, r := range logs[0] {
		counted[r.Text]++
	}
	for body, s := range k.sent {
		if !s.acked || counted[body] == 0 || s.shown[0].IsZero() || s.shown[1].IsZero() {
			o.lost++
			continue
		}
		if s.doubled || counted[body] > 1 {
			o.doubled++
		}
		o.pause = max(o.pause, s.shown[1-s.from].Sub(s.typed))
	}
	for _, log := range logs {
		o.disordered += k.disordered(log)
	}
	return o
}

// disordered counts the messages of a log that follow a later one of the same person.
func (k *talk) disordered(log []page.Row) (wrong int) {
	last := [2]int{}
	for _, r := range log {
		s := k.sent[r.Text]
		if s == nil {
			continue
		}
		if s.n < last[s.from] {
			wrong++
		}
		last[s.from] = s.n
	}
	return wrong
}

func (o *outcome) add(p *tab) {
	record := p.Record()
	o.disconnected, o.lines = max(o.disconnected, record.Disconnected), o.lines+record.Lost
	p.mu.Lock()
	defer p.mu.Unlock()
	o.withoutTime += len(p.box.withoutRetryAfter)
	for status, times := range p.box.refused {
		if status == 0 {
			o.noAnswer += times
		} else {
			o.refused += times
		}
	}
}

// stored reads the conversation from the database, page by page as when scrolling up.
func (k *talk) stored() []page.Row {
	k.t.Helper()
	reader, err := page.Open(k.pages[0].who, k.pages[0].path)
	require.NoError(k.t, err)
	for known := -1; known < len(reader.State().Rows); {
		known = len(reader.State().Rows)
		require.NoError(k.t, reader.Older())
	}
	return reader.State().Rows
}

// await waits until a page shows a message for which is returns true.
func (p *tab) await(what string, is func(r page.Row) bool) (found page.Row) {
	p.t.Helper()
	err := p.Await(patience, func(s page.State) bool {
		at := slices.IndexFunc(s.Rows, is)
		if at >= 0 {
			found = s.Rows[at]
		}
		return at >= 0
	})
	require.NoError(p.t, err, "%s timed out waiting for %s", p.who.Username, what)
	return found
}

// link returns the URL of the file in a message.
func (p *tab) link(r page.Row) string {
	p.t.Helper()
	text := p.HTML(r)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	require.NoError(p.t, err)
	href, found := doc.Find(`a[href^="/files/"]`).Attr("href")
	require.True(p.t, found, text)
	return href
}
