package rehearsal

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dchat/test/harness"

	"github.com/google/uuid"
)

// outbox holds the messages without an answer; it sends them in order. The tab's lock guards it.
type outbox struct {
	items             []item
	changed           chan struct{}
	refused           map[int]int // number of answers from 500 by status; 0 means no answer
	withoutRetryAfter []string    // refusals without Retry-After
}

type item struct {
	body, key string
	files     []string
	sent      func() // called after the acknowledgement
}

// send puts a message into the outbox.
func (p *tab) send(body string, sent func(), files ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.box.items = append(p.box.items, item{body, uuid.NewString(), files, sent})
	p.retry()
}

// retry wakes the outbox, even while it waits after a refusal.
func (p *tab) retry() {
	select {
	case p.box.changed <- struct{}{}:
	default:
	}
}

func (p *tab) empty(ctx context.Context) {
	for ctx.Err() == nil {
		p.mu.Lock()
		waiting := p.box.items
		p.mu.Unlock()
		wait := time.Hour
		if len(waiting) > 0 {
			wait = p.post(waiting[0])
		}
		if wait == 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-p.box.changed:
		case <-time.After(wait):
		}
	}
}

// post sends a message. It returns the time until the next attempt, or 0 after the acknowledgement.
func (p *tab) post(i item) time.Duration {
	form := url.Values{"key": {i.key}, "body": {i.body}, "attachment": i.files}
	answer, err := p.Post(p.path+"/messages", form)
	if err == nil && answer.Status == http.StatusOK && strings.Contains(answer.Body, i.key) {
		i.sent()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.box.items = p.box.items[1:]
		return 0
	}
	return p.refuse(answer)
}

// refuse counts a failed send. Only a temporarily unavailable server may refuse a message.
func (p *tab) refuse(answer *harness.Answer) time.Duration {
	if answer.Status > 0 && answer.Status < 500 {
		p.t.Errorf("a message of %s was refused: %d %s", p.who.Username, answer.Status, answer.Body)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.box.refused == nil {
		p.box.refused = map[int]int{}
	}
	p.box.refused[answer.Status]++
	after, err := strconv.Atoi(answer.Header.Get("Retry-After"))
	if err != nil {
		if answer.Status > 0 {
			p.box.withoutRetryAfter = append(p.box.withoutRetryAfter, answer.Body)
		}
		after = 3
	}
	return time.Duration(after) * time.Second
}
