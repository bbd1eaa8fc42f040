package live

import "time"

// rate allows some events at once, and one more each time that every has passed.
type rate struct {
	burst int
	every time.Duration
}

var (
	catchUpRate = rate{8, 250 * time.Millisecond}   // of one page: each is a transaction of the database
	ackRate     = rate{4, 500 * time.Millisecond}   // of one page: more than its script sends
	cursorRate  = rate{200, 100 * time.Millisecond} // of one page: far more than any script of ours sends
)

// meter counts the events of one rate: the moment at which all allowance is there again.
type meter int64

// wait is how long the next event has to wait to keep the rate.
func (m *meter) wait(r rate, now time.Time) time.Duration {
	full := max(time.Duration(int64(*m)-now.UnixNano()), 0) + r.every
	return full - time.Duration(r.burst)*r.every
}

// next counts an event, and returns how long it has to wait.
func (m *meter) next(r rate, now time.Time) time.Duration {
	wait := m.wait(r, now)
	*m = meter(max(int64(*m), now.UnixNano()) + int64(r.every))
	return wait
}
