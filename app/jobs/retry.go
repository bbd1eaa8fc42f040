package jobs

import (
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// A job that fails is tried again after firstRetry, then after twice that, and so on, at last every
// longestRetry, for patience: a mail server may be down for a weekend.
const (
	firstRetry   = 5 * time.Second
	longestRetry = 10 * time.Minute
	patience     = 3 * 24 * time.Hour
)

// wait is how long a job waits that has failed so many times before.
func wait(first time.Duration, failures int) time.Duration {
	w := first
	for ; failures > 0 && w < longestRetry; failures-- {
		w *= 2
	}
	return min(w, longestRetry)
}

// triesWithin is how many tries fit into a time.
func triesWithin(first, total time.Duration) int {
	tries := 1
	for ; total > 0; tries++ {
		total -= wait(first, tries-1)
	}
	return tries
}

// backoff is River's retry policy.
type backoff struct{ first time.Duration }

// NextRetry is a little early, by chance: not all that failed together come back together.
func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	w := wait(b.first, len(job.Errors))
	return time.Now().UTC().Add(w - rand.N(w/10+1))
}
