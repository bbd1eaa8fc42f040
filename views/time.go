package views

import (
	"time"

	"github.com/a-h/templ"

	"dchat/app/chat"
)

// The script rewrites every time element with data-as in the browser's time zone. The text from here is for pages
// without a script, in the last known time zone of the user.

// prevAt tells the script the time of the message before, so that it knows whether a day begins in the browser's
// time zone.
func prevAt(m *chat.Message) templ.Attributes {
	if m.PrevAt.IsZero() {
		return nil
	}
	return templ.Attributes{"data-prev": m.PrevAt.UTC().Format(time.RFC3339)}
}

// rowTime formats a time for the sidebar: the clock today, then the weekday, then the date.
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

// dayLabel names a day by its date: on a page that stays open overnight, "today" would become wrong.
func dayLabel(t, now time.Time, loc *time.Location) string {
	t = t.In(loc)
	if t.Year() == now.In(loc).Year() {
		return t.Format("Monday 2 January")
	}
	return t.Format("Monday 2 January 2006")
}

func clock(t time.Time) string { return t.Format("15:04") }

func fullTime(t time.Time) string { return t.Format("Monday 2 January 2006, 15:04") }

// daysBetween counts midnights, not spans of 24 hours. Both times have the same time zone.
func daysBetween(from, to time.Time) int {
	return int(midnight(to).Sub(midnight(from)) / (24 * time.Hour))
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
