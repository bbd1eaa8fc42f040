package rehearsal

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/live"
	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// page is a conversation in a browser, with the logic of the script: a socket that reconnects with its cursor, rows
// that are upserted by id and sorted, and an outbox.
type page struct {
	t    *testing.T
	who  *harness.Person
	path string // of the conversation
	seen func(body, id string)

	mu     sync.Mutex
	cursor live.Cursor // as last sent by the server
	pane   live.Cursor // the position of the shown rows
	rows   map[string]row
	box    outbox
	line   line
}

// row is a message on a page.
type row struct {
	id, body string
	seq, rev int64
	html     string
}

// open loads the conversation and connects.
func open(t *testing.T, who *harness.Person, with string, seen func(body, id string)) *page {
	t.Helper()
	p := &page{t: t, who: who, path: "/chats/" + with, seen: seen, rows: map[string]row{}}
	p.line.changed, p.box.changed = sync.NewCond(&p.mu), make(chan struct{}, 1)
	answer := who.Get(p.path, false)
	require.Equal(t, http.StatusOK, answer.Status, answer.Body)
	doc := answer.Doc()
	log := doc.Find("#pane [role=log]")
	var known bool
	p.cursor, known = live.ParseCursor(doc.Find("#cursor").Text())
	require.True(t, known, doc.Find("#cursor").Text())
	p.pane = live.Cursor{
		Conversation: number(strings.TrimPrefix(log.AttrOr("id", ""), "messages-")), Rev: number(log.AttrOr("data-rev", "")), Gen: 1,
		Version: math.MaxInt64,
	}
	if version, stated := doc.Find("#pane").Attr("data-version"); stated {
		p.pane.Version = number(version)
	}
	require.Positive(t, p.pane.Conversation, answer.Body)
	p.upsert(log.Find("article"))
	ctx, leave := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { p.keepConnected(ctx) })
	work.Go(func() { p.empty(ctx) })
	t.Cleanup(func() {
		leave()
		p.disconnect()
		work.Wait()
	})
	p.awaitConnected()
	return p
}

// position returns the cursor that the page sends.
func (p *page) position() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.pane
	c.Epoch, c.Version = p.cursor.Epoch, min(p.cursor.Version, p.pane.Version)
	return c.String()
}

// take applies a frame of the socket or the answer to a message.
func (p *page) take(html string) {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		p.t.Errorf("the page of %s cannot read %q: %v", p.who.Username, html, err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	log := fmt.Sprintf(`[hx-target="#messages-%d"]`, p.pane.Conversation)
	if whole := doc.Find("hx-partial" + log); whole.Length() > 0 {
		clear(p.rows)
		p.upsert(whole.Find("article"))
	}
	p.upsert(doc.Find("hx-upsert" + log + " article"))
	cursors := doc.Find(`hx-partial[hx-target="#cursor"]`)
	if cursors.Length() == 0 {
		return
	}
	cursor, ok := live.ParseCursor(cursors.Last().Text())
	if !ok {
		p.t.Errorf("the page of %s cannot read the cursor %q", p.who.Username, cursors.Text())
		return
	}
	if p.cursor = cursor; cursor.Gen == p.pane.Gen {
		p.pane.Rev, p.pane.Version = cursor.Rev, math.MaxInt64
	}
}

func (p *page) upsert(articles *goquery.Selection) {
	for _, article := range articles.EachIter() {
		r := row{
			id: article.AttrOr("id", ""), body: article.Find("p").First().Text(),
			seq: number(article.AttrOr("data-seq", "")), rev: number(article.AttrOr("data-rev", "")),
		}
		if known, exists := p.rows[r.id]; exists && known.rev >= r.rev {
			continue
		}
		r.html, _ = article.Html()
		p.rows[r.id] = r
		p.seen(r.body, r.id)
	}
}

// log returns the rows of the page from top to bottom.
func (p *page) log() []row {
	p.mu.Lock()
	defer p.mu.Unlock()
	return sorted(p.rows)
}

func sorted(rows map[string]row) []row {
	return slices.SortedFunc(maps.Values(rows), func(a, b row) int { return int(a.seq - b.seq) })
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// backoff returns the delay before an attempt to reconnect: 300 ms, doubling up to 4 s, with 30 % jitter.
func backoff(attempt int) time.Duration {
	delay := min(300*time.Millisecond<<min(attempt-1, 8), 4*time.Second)
	return time.Duration(float64(delay) * (0.7 + 0.6*rand.Float64()))
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
