package views

import (
	"time"

	"github.com/a-h/templ"

	"dchat/app/chat"
)

// The page's script writes every time with data-as anew, in the zone of the browser. What stands here is for
// those without a script, in the zone of which the server has heard last.

// prevAt has the script know whether a message begins a day where the reader is.
func prevAt(m *chat.Message) templ.Attributes {
	if m.PrevAt.IsZero() {
		return nil
	}
	return templ.Attributes{"data-prev": m.PrevAt.UTC().Format(time.RFC3339)}
}

// rowTime is short enough for the sidebar: the clock today, then the day, then the date.
func rowTime(t, now time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(loc), now.In(loc)
	switch days := daysBetween(t, now); {
	case days <= 0:
		return clock(t)
	case days == 1:
		return "Yesterday"
	case days < 7:
		return t.Format("Mon")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	default:
		return t.Format("2 Jan 2006")
	}
}

// dayLabel names a day for good: a page that stays open overnight must not go on saying "today".
func dayLabel(t, now time.Time, loc *time.Location) string {
	t = t.In(loc)
	if t.Year() == now.In(loc).Year() {
		return t.Format("Monday 2 January")
	}
	return t.Format("Monday 2 January 2006")
}

func clock(t time.Time) string { return t.Format("15:04") }

func fullTime(t time.Time) string { return t.Format("Monday 2 January 2006, 15:04") }

// daysBetween counts midnights, not spans of 24 hours; both times are in one zone.
func daysBetween(from, to time.Time) int {
	return int(midnight(to).Sub(midnight(from)) / (24 * time.Hour))
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
