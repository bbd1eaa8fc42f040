package live

import "time"

// rate allows some events at once, and one more each time that every has passed.
type rate struct {
	burst int
	every time.Duration
}

var (
	catchUpRate = rate{8, 250 * time.Millisecond}   // of one page: each is a transaction of the database
	cursorRate  = rate{200, 100 * time.Millisecond} // of one page: far more than any script of ours sends
)

// meter counts the events of one rate: the moment at which all allowance is there again.
type meter int64

// next counts an event, and returns how long it has to wait to keep the rate.
func (m *meter) next(r rate, now time.Time) time.Duration {
	at := now.UnixNano()
	full := max(int64(*m), at) + int64(r.every)
	*m = meter(full)
	return time.Duration(full-at) - time.Duration(r.burst)*r.every
}
