package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// quietLogger lowers the levels of River's log for operators: errors become warnings, each at most once a minute,
// since they repeat while the database is away; the rest becomes debug.
func quietLogger(log *slog.Logger) *slog.Logger {
	return slog.New(&quiet{Handler: log.Handler(), logTimes: &logTimes{at: map[string]time.Time{}}})
}

type quiet struct {
	slog.Handler
	logTimes *logTimes
}

func quieter(level slog.Level) slog.Level {
	switch {
	case level >= slog.LevelError:
		return slog.LevelWarn
	case level >= slog.LevelInfo:
		return slog.LevelDebug
	}
	return slog.LevelDebug - 4
}

// Enabled reports whether a record of River's level is logged.
func (q *quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return q.Handler.Enabled(ctx, quieter(level))
}

// Handle logs a record on its new level.
func (q *quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = quieter(r.Level)
	if r.Level == slog.LevelWarn && !q.logTimes.allow(r.Message, r.Time) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs keeps the logger quiet.
func (q *quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &quiet{q.Handler.WithAttrs(attrs), q.logTimes}
}

// WithGroup keeps the logger quiet.
func (q *quiet) WithGroup(name string) slog.Handler {
	return &quiet{q.Handler.WithGroup(name), q.logTimes}
}

// logTimes remembers when each message was logged last.
type logTimes struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (s *logTimes) allow(what string, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.Sub(s.at[what]) < time.Minute {
		return false
	}
	if len(s.at) > 100 {
		clear(s.at)
	}
	s.at[what] = at
	return true
}

// reporter logs failed tries and their errors. The errors of our workers contain no secret.
type reporter struct{ log *slog.Logger }

// HandleError is called for each failed try, except for a cancelled job.
func (r reporter) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	attrs := []any{"job", job.ID, "kind", job.Kind, "attempt", job.Attempt, "error", err}
	if job.Attempt >= job.MaxAttempts {
		r.log.ErrorContext(ctx, "a job was given up", attrs...)
	} else {
		r.log.WarnContext(ctx, "a job failed and will be tried again", attrs...)
	}
	return nil
}

// HandlePanic is called for each try that panicked.
func (r reporter) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	r.log.ErrorContext(ctx, "a job panicked", "job", job.ID, "kind", job.Kind, "attempt", job.Attempt, "panic", value, "trace", trace)
	return nil
}
