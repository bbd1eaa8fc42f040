package views

import (
	"slices"
	"strconv"
	"time"

	"dchat/app/chat"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// TimerValue is how forms write a time after which messages disappear: "off", "1d", "4w".
func TimerValue(after time.Duration) string {
	switch {
	case after == 0:
		return "off"
	case after%week == 0:
		return strconv.Itoa(int(after/week)) + "w"
	default:
		return strconv.Itoa(int(after/day)) + "d"
	}
}

// HasTimerNotice reports whether one of the messages says that the time has changed.
func HasTimerNotice(messages []chat.Message) bool {
	return slices.ContainsFunc(messages, func(m chat.Message) bool { return m.Notice == chat.TimerNotice })
}

// timerLabel writes the time in words.
func timerLabel(after time.Duration) string {
	n, unit := after/day, "day"
	switch {
	case after == 0:
		return "Off"
	case after%week == 0:
		n, unit = after/week, "week"
	}
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(int(n)) + " " + unit
}
