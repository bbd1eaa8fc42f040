package bench

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// tokenDigits is the length of a message's number within its token, in hexadecimal.
const tokenDigits = 8

// A journal knows of each message when it was posted, answered, and brought to the partner. Each
// body carries a token, by which the readers of the sockets know it again.
type journal struct {
	start   time.Time
	mark    []byte // what the tokens of this run begin with
	entries []entry
}

// The times of an entry are nanoseconds since the start plus one; 0 is "not yet".
type entry struct {
	due     time.Duration
	to      atomic.Int64 // the partner, plus one
	posted  atomic.Int64
	answer  atomic.Int64
	arrival atomic.Int64
}

func newJournal(due []time.Duration) *journal {
	j := &journal{start: time.Now(), mark: fmt.Appendf(nil, "bench%08xn", rand.Uint32()), entries: make([]entry, len(due))}
	for n, at := range due {
		j.entries[n].due = at
	}
	return j
}

func (j *journal) token(n int) string { return fmt.Sprintf("%s%0*x", j.mark, tokenDigits, n) }

func (j *journal) now() int64 { return int64(time.Since(j.start)) + 1 }

func (j *journal) posting(n, to int) {
	j.entries[n].to.Store(int64(to) + 1)
	j.entries[n].posted.Store(j.now())
}

func (j *journal) answered(n int) { j.entries[n].answer.Store(j.now()) }

// arrived looks for tokens in a frame that came to a person. The sender's own page gets the
// message too, and a frame may hold it twice; only the first on the partner's page counts.
func (j *journal) arrived(person int, frame []byte) {
	for {
		at := bytes.Index(frame, j.mark)
		if at < 0 {
			return
		}
		frame = frame[at+len(j.mark):]
		n, ok := number(frame)
		if ok && n < len(j.entries) && j.entries[n].to.Load() == int64(person)+1 {
			j.entries[n].arrival.CompareAndSwap(0, j.now())
		}
	}
}

// number reads the digits that follow a mark.
func number(text []byte) (int, bool) {
	var raw [tokenDigits / 2]byte
	if len(text) < tokenDigits {
		return 0, false
	}
	if _, err := hex.Decode(raw[:], text[:tokenDigits]); err != nil {
		return 0, false
	}
	return int(raw[0])<<24 | int(raw[1])<<16 | int(raw[2])<<8 | int(raw[3]), true
}

// awaitAll waits until everything acknowledged has arrived, for the grace at most.
func (j *journal) awaitAll(ctx context.Context, grace time.Duration) {
	for end := time.Now().Add(grace); j.missing() > 0 && time.Now().Before(end); {
		if !pause(ctx, 20*time.Millisecond) {
			return
		}
	}
}

func (j *journal) missing() (n int) {
	for i := range j.entries {
		if e := &j.entries[i]; e.answer.Load() > 0 && e.arrival.Load() == 0 {
			n++
		}
	}
	return n
}

// report counts all messages and times those due after the warm-up.
func (j *journal) report(warmup time.Duration) *latencyReport {
	r := &latencyReport{}
	var delivery, post, behind []time.Duration
	for i := range j.entries {
		e := &j.entries[i]
		posted, answer, arrival := e.posted.Load(), e.answer.Load(), e.arrival.Load()
		if posted > 0 {
			r.Posted++
		}
		if answer == 0 {
			continue // its outcome is unknown: nothing was promised
		}
		r.Acked++
		if arrival == 0 {
			r.Lost++
			continue
		}
		r.Delivered++
		if e.due >= warmup {
			delivery = append(delivery, time.Duration(arrival-posted))
			post = append(post, time.Duration(answer-posted))
			behind = append(behind, time.Duration(posted-1)-e.due)
		}
	}
	r.Delivery, r.Post, r.Behind = summarize(delivery), summarize(post), summarize(behind)
	return r
}
