package jobs

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"
)

func TestRetriesContinueForThreeDays(t *testing.T) {
	require.Equal(t, 5*time.Second, wait(firstRetry, 0))
	require.Equal(t, 10*time.Second, wait(firstRetry, 1))
	require.Equal(t, 160*time.Second, wait(firstRetry, 5))
	require.Equal(t, longestRetry, wait(firstRetry, 7))
	require.Equal(t, longestRetry, wait(firstRetry, 1_000_000))

	var total time.Duration
	for failures := range triesWithin(firstRetry, patience) - 1 {
		total += wait(firstRetry, failures)
	}
	require.GreaterOrEqual(t, total, patience)
	require.Less(t, total, patience+time.Hour)

	for range 100 {
		left := time.Until(backoff{firstRetry}.NextRetry(&rivertype.JobRow{Errors: make([]rivertype.AttemptError, 2)}))
		require.Greater(t, left, 17*time.Second)
		require.LessOrEqual(t, left, 20*time.Second)
	}
}

func TestRiverIsQuiet(t *testing.T) {
	var said bytes.Buffer
	log := quietLogger(slog.New(slog.NewTextHandler(&said, nil))).With("river", true)
	log.Info("a client has started")
	log.Warn("a job failed")
	require.Empty(t, said.String())
	log.Error("the database is away")
	log.Error("the database is away")
	log.Error("nobody leads")
	require.Equal(t, 2, strings.Count(said.String(), "level=WARN"), said.String())
	require.Contains(t, said.String(), "river=true")
}
