package web

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"dchat/static"
)

// A page that waits for an edit does not delay the shutdown.
func TestDevWaitEndsAtShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, began := &Web{drained: make(chan struct{})}, time.Now()
		has, _ := static.Now()
		time.AfterFunc(time.Second, w.Drain)
		_, edited := (devHandlers{Web: w}).awaitEdit(has)
		require.False(t, edited)
		require.Equal(t, time.Second, time.Since(began))
	})
}
