package web

import (
	"testing"
	"time"
)

// SetBodyPace is for bodies that a test cannot wait for. It is for servers that start afterwards.
func SetBodyPace(t *testing.T, idle, grace time.Duration, bytesPerSecond int64) {
	i, g, p := bodyIdle, bodyGrace, bodyPace
	t.Cleanup(func() { bodyIdle, bodyGrace, bodyPace = i, g, p })
	bodyIdle, bodyGrace, bodyPace = idle, grace, bytesPerSecond
}

// SetWriteWithin is for browsers that a test cannot wait for.
func SetWriteWithin(t *testing.T, d time.Duration) {
	w := writeWithin
	t.Cleanup(func() { writeWithin = w })
	writeWithin = d
}
