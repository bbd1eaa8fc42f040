package bench

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A summary describes durations by nearest-rank percentiles, in milliseconds.
type summary struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p99_9_ms"`
	Max   float64 `json:"max_ms"`
}

// summarize sorts the samples in place.
func summarize(samples []time.Duration) summary {
	slices.Sort(samples)
	return summary{
		Count: len(samples),
		P50:   milliseconds(percentile(samples, 50)),
		P90:   milliseconds(percentile(samples, 90)),
		P99:   milliseconds(percentile(samples, 99)),
		P999:  milliseconds(percentile(samples, 99.9)),
		Max:   milliseconds(percentile(samples, 100)),
	}
}

// percentile is the smallest sample that at least p percent do not exceed; 0 without samples.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	// A hair less, so that 99.9 % of 1,000 is rank 999 in spite of binary fractions.
	rank := int(math.Ceil(p*float64(len(sorted))/100 - 1e-9))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

func (s summary) String() string {
	if s.Count == 0 {
		return "no samples"
	}
	return fmt.Sprintf("p50 %.2f, p90 %.2f, p99 %.2f, p99.9 %.2f, max %.2f ms", s.P50, s.P90, s.P99, s.P999, s.Max)
}

// A tally counts outcomes by name, from many goroutines.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (t *tally) add(outcome string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	if n > 0 {
		t.counts[outcome] += n
	}
}

func (t *tally) snapshot() histogram {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// A histogram is what a tally has counted.
type histogram map[string]int

func (h histogram) String() string {
	names := slices.SortedFunc(maps.Keys(h), func(a, b string) int {
		return cmp.Or(cmp.Compare(h[b], h[a]), cmp.Compare(a, b))
	})
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%s ×%d", name, h[name])
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}

// outcome names what came of an attempt, the same for all errors of a kind.
func outcome(err error) string {
	var status statusError
	var closed *closeError
	var network net.Error
	switch {
	case errors.As(err, &status):
		return strconv.Itoa(int(status))
	case errors.As(err, &closed):
		return "closed " + strconv.Itoa(closed.code)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "no free local port"
	case errors.Is(err, syscall.EMFILE):
		return "too many open files"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection ended"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	}
	return err.Error()
}
