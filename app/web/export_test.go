package web

import (
	"testing"
	"time"
)

// SetWriteTimeout is for browsers that a test cannot wait for. It is for servers that start afterwards.
func SetWriteTimeout(t *testing.T, d time.Duration) {
	w := writeTimeout
	t.Cleanup(func() { writeTimeout = w })
	writeTimeout = d
}
