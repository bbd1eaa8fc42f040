package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

func TestURLErrorsRepeatNothing(t *testing.T) {
	for _, url := range []string{"", "localhost", "http://localhost", "redis://:secret@host:port", "redis://:secret@host/x", "redis://:secret@h ost"} {
		_, err := Parse(url, 1<<10)
		require.Error(t, err, url)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestPaceLimitsTheAttemptsForEachAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		attempts := map[string]int{}
		option := rueidis.ClientOption{DialCtxFn: func(_ context.Context, address string, _ *net.Dialer, _ *tls.Config) (net.Conn, error) {
			attempts[address]++
			return nil, refused
		}}
		Pace(&option)
		dial := func(address string) error {
			_, err := option.DialCtxFn(t.Context(), address, nil, nil)
			return err
		}
		require.ErrorIs(t, dial("one"), refused)
		require.ErrorIs(t, dial("two"), refused)
		require.ErrorIs(t, dial("one"), errTooSoon)
		time.Sleep(dialPause)
		require.ErrorIs(t, dial("one"), refused)
		require.Equal(t, map[string]int{"one": 2, "two": 1}, attempts)
	})
}
