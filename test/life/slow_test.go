package life

import (
	"math/rand/v2"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/test/harness"
	"dchat/test/services"
)

// jitter is how long a piece of data waits on a slow line: most of it not at all, some of it for so long that much else
// overtakes it.
func jitter() time.Duration {
	switch n := rand.IntN(64); {
	case n < 2:
		return rand.N(80 * time.Millisecond)
	case n < 12:
		return rand.N(5 * time.Millisecond)
	}
	return 0
}

func slow(t *testing.T, url string) string {
	t.Helper()
	proxy := services.NewProxy(t, url)
	proxy.Delay(jitter)
	return proxy.URL
}

// slowServices puts slow lines between a node and its database and Redis.
func slowServices(t *testing.T) func(*config.Config) {
	return func(c *config.Config) {
		if c.RedisURL != "" {
			c.DatabaseURL, c.RedisURL = slow(t, c.DatabaseURL), slow(t, c.RedisURL)
		}
	}
}

// slowly returns servers that are reached by slow lines.
func slowly(t *testing.T, servers []*harness.Server) (list []*harness.Server) {
	t.Helper()
	for _, s := range servers {
		by := harness.At(t, slow(t, s.URL))
		list = append(list, &by)
	}
	return list
}
