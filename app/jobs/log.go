package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// quietLogger makes of River's logger one that says what a person who runs DChat wants to hear: River's
// errors are warnings here, each once a minute, since they come again as long as the database is away;
// the rest is for debugging.
func quietLogger(log *slog.Logger) *slog.Logger {
	return slog.New(&quiet{Handler: log.Handler(), said: &said{at: map[string]time.Time{}}})
}

type quiet struct {
	slog.Handler
	said *said
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

// Enabled reports whether a record of River's level is said.
func (q *quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return q.Handler.Enabled(ctx, quieter(level))
}

// Handle says a record on its new level.
func (q *quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = quieter(r.Level)
	if r.Level == slog.LevelWarn && !q.said.now(r.Message, r.Time) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs keeps the logger quiet.
func (q *quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &quiet{q.Handler.WithAttrs(attrs), q.said}
}

// WithGroup keeps the logger quiet.
func (q *quiet) WithGroup(name string) slog.Handler {
	return &quiet{q.Handler.WithGroup(name), q.said}
}

// said remembers when something was said last.
type said struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (s *said) now(what string, at time.Time) bool {
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

// reporter says which tries failed, and why. The errors of our workers name no secret.
type reporter struct{ log *slog.Logger }

// HandleError is called for each try that failed, unless it was the last by its own word.
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
