package upload

import (
	"testing"
	"time"
)

// The limits of forms, for their tests.
const (
	MaxField = maxField
	MaxParts = maxParts
)

// SetPace is for bodies that a test cannot wait for. It is for servers that start afterwards.
func SetPace(t *testing.T, idle, grace time.Duration, bytesPerSecond int64) {
	i, g, p := bodyIdle, bodyGrace, bodyPace
	t.Cleanup(func() { bodyIdle, bodyGrace, bodyPace = i, g, p })
	bodyIdle, bodyGrace, bodyPace = idle, grace, bytesPerSecond
}

// SetLinger is for bodies whose rest is larger than this.
func SetLinger(t *testing.T, bytes int64) {
	before := lingerBytes
	t.Cleanup(func() { lingerBytes = before })
	lingerBytes = bytes
}
