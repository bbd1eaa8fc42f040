package text

import (
	"strconv"
	"time"
)

// Duration is a wait in words, rounded up: "90 seconds", "5 minutes", "24 hours", "7 days".
func Duration(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if d > 2*unit.length || d > 90*time.Second && unit.length == time.Minute {
			return strconv.Itoa(int((d+unit.length-1)/unit.length)) + " " + unit.name
		}
	}
	if d <= time.Second {
		return "a second"
	}
	return strconv.Itoa(int((d+time.Second-1)/time.Second)) + " seconds"
}
