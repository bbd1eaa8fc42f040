package browser

import (
	"testing"
	"time"

	"dchat/app/apptest"

	"github.com/stretchr/testify/require"
)

func TestFiveQuickSendsOnASlowLine(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	a.Latency(300 * time.Millisecond)
	want := numbered("quick %d", 5)
	for _, text := range want {
		a.Send(text)
	}
	require.Equal(t, want, a.Texts(), "every message is there at once")
	a.Type("and more")
	b.AwaitTexts(want...)
	a.AwaitTexts(want...)
	require.Equal(t, "and more", a.Composed())
	a.Reload()
	a.AwaitTexts(want...)
}
