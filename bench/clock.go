package bench

import (
	"context"
	"time"
)

// A window is the stretch of time that counts.
type window struct {
	from, to time.Time
}

func (w window) holds(t time.Time) bool { return !t.Before(w.from) && t.Before(w.to) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// pause waits for d and reports whether ctx is still alive then.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
