package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dchat/app/config"

	"github.com/stretchr/testify/require"
)

func TestWhenABackupIsDue(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	s := schedule{folder: t.TempDir(), every: 24 * time.Hour, keep: 1}
	due := func() time.Duration {
		wait, err := s.untilDue(now)
		require.NoError(t, err)
		return wait
	}
	put := func(name string) { require.NoError(t, os.WriteFile(filepath.Join(s.folder, name), nil, 0o600)) }
	put("other.tar")
	require.Zero(t, due(), "no archive yet")
	put("dchat-20261101T000000Z.tar")
	require.Negative(t, due(), "it is old")
	put("dchat-20261128T110000Z.tar")
	require.Equal(t, 23*time.Hour, due(), "a restart makes no archive too many")
	put("dchat-20300101T000000Z.tar")
	require.Equal(t, 24*time.Hour, due(), "a clock was wrong")
}

func TestWhenABackupIsOverdue(t *testing.T) {
	began := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	s := schedule{folder: t.TempDir(), every: 24 * time.Hour, keep: 1}
	require.Zero(t, s.newest())
	require.False(t, s.overdue(began, began.Add(36*time.Hour)), "the first one may take its time")
	require.True(t, s.overdue(began, began.Add(37*time.Hour)))
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, "dchat-20261129T120000Z.tar"), nil, 0o600))
	require.Equal(t, began.Add(24*time.Hour), s.newest())
	require.False(t, s.overdue(began, began.Add(60*time.Hour)))
	require.True(t, s.overdue(began, began.Add(61*time.Hour)))
	require.True(t, s.overdue(began.Add(60*time.Hour), began.Add(61*time.Hour)), "a restart makes no archive younger")
}

func TestPartialArchivesAreRemoved(t *testing.T) {
	s := schedule{folder: t.TempDir(), keep: 1}
	half := filepath.Join(s.folder, ".dchat-20261128T110000Z.tar.part-123")
	require.NoError(t, os.WriteFile(half, nil, 0o600))
	require.NoError(t, s.sweep(time.Now()))
	require.FileExists(t, half, "it may be being written")
	require.NoError(t, s.sweep(time.Now().Add(2*partAge)))
	require.NoFileExists(t, half)
}

// What cannot be backed up now, such as a database that has not been made yet, ends no schedule.
func TestScheduleContinuesAfterFailure(t *testing.T) {
	r, w := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	s := schedule{folder: t.TempDir(), every: time.Hour, keep: 1}
	go func() {
		ended <- s.run(ctx, config.Config{DataDir: t.TempDir()}, slog.New(slog.NewTextHandler(w, nil)))
		_ = w.Close()
	}()
	said := make(chan string)
	go func() {
		var all strings.Builder
		buffer := make([]byte, 4096)
		for {
			n, err := r.Read(buffer)
			all.Write(buffer[:n])
			if strings.Contains(all.String(), "tried again") {
				stop()
			}
			if err != nil {
				said <- all.String()
				return
			}
		}
	}()
	require.NoError(t, <-ended)
	text := <-said
	require.Contains(t, text, "has no database")
	require.Contains(t, text, "in=5m0s")
	require.Contains(t, text, "stopped")
}
