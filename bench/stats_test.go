package bench

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func upTo(n int) []time.Duration {
	samples := make([]time.Duration, n)
	for i := range samples {
		samples[i] = time.Duration(n-i) * time.Millisecond
	}
	return samples
}

func TestSummaryByNearestRank(t *testing.T) {
	require.Equal(t, summary{Count: 1000, P50: 500, P90: 900, P99: 990, P999: 999, Max: 1000}, summarize(upTo(1000)))
	require.Equal(t, summary{Count: 10, P50: 5, P90: 9, P99: 10, P999: 10, Max: 10}, summarize(upTo(10)))
	require.Equal(t, summary{Count: 1, P50: 1, P90: 1, P99: 1, P999: 1, Max: 1}, summarize(upTo(1)))
	require.Equal(t, summary{}, summarize(nil))
	require.Equal(t, "no samples", summary{}.String())
}

func TestTallyMostFrequentFirst(t *testing.T) {
	var counts tally
	require.Equal(t, "none", counts.snapshot().String())
	counts.add("429", 2)
	counts.add("200", 7)
	counts.add("503", 2)
	counts.add("nothing", 0)
	require.Equal(t, "200 ×7, 429 ×2, 503 ×2", counts.snapshot().String())
}

func TestOutcomeGroupsErrors(t *testing.T) {
	require.Equal(t, "503", outcome(fmt.Errorf("post: %w", statusError(503))))
	require.Equal(t, "connection ended", outcome(io.ErrUnexpectedEOF))
	require.Equal(t, "something new", outcome(errors.New("something new")))
}

func TestBackoffDoublesUpToFourSeconds(t *testing.T) {
	for attempt, middle := range []float64{0.3, 0.6, 1.2, 2.4, 4, 4} {
		for range 50 {
			require.InDelta(t, middle, backoff(attempt).Seconds(), 0.3*middle)
		}
	}
	require.LessOrEqual(t, backoff(1000), 5200*time.Millisecond)
}

func TestJournalCountsOnlyThePartnersPage(t *testing.T) {
	j := newJournal(make([]time.Duration, 300))
	frame := []byte("<b>" + j.token(299) + "</b>" + j.token(0)[:14] + j.token(7) + string(j.mark))
	j.posting(299, 5)
	j.answered(299)
	j.arrived(4, frame) // the sender's own page
	require.Equal(t, 1, j.missing())
	j.arrived(5, frame)
	require.Zero(t, j.missing())
	j.posting(7, 5)
	r := j.report(0)
	require.Equal(t, []int{2, 1, 1, 0}, []int{r.Posted, r.Acked, r.Delivered, r.Lost})
	require.Zero(t, testing.AllocsPerRun(100, func() { j.arrived(5, frame) }))
}

func TestPaddedSize(t *testing.T) {
	for _, size := range []int{5, 20, 120, 1000} {
		require.Len(t, padded("Start", size), size)
	}
	require.Equal(t, "longer", padded("longer", 3))
}
