package limit

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dchat/test/services"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

const (
	patience  = 10 * time.Second // how long a test waits for an event that must happen
	redisDown = "WARN limit: Redis does not count, this node counts for itself until it does"
	redisUp   = "INFO limit: Redis counts again"
)

// node is a Redis with a client of the test's own.
type node struct {
	*services.RedisServer
	name string // the name space of limiters created later
	line rueidis.Client
	log  journal
}

func startRedis(tb testing.TB) *node {
	n := &node{RedisServer: services.Redis(tb), log: make(journal, 100)}
	option, err := rueidis.ParseURL(n.URL)
	require.NoError(tb, err)
	option.DisableCache = true
	n.line, err = rueidis.NewClient(option)
	require.NoError(tb, err)
	tb.Cleanup(n.line.Close)
	return n
}

// limiter returns a connected limiter with a timeout that a busy machine does not exceed.
func (n *node) limiter(tb testing.TB) *Limiter {
	tb.Helper()
	l := n.start(tb, patience)
	require.Eventually(tb, func() bool { return l.redis.client.Load() != nil }, patience, time.Millisecond)
	return l
}

func (n *node) start(tb testing.TB, within time.Duration) *Limiter {
	tb.Helper()
	l, err := newShared(n.URL, n.name, true, within, slog.New(n.log))
	require.NoError(tb, err)
	tb.Cleanup(l.Close)
	return l
}

func (n *node) do(words ...string) rueidis.RedisResult {
	return n.line.Do(context.Background(), n.line.B().Arbitrary(words[0]).Args(words[1:]...).Build())
}

func (n *node) keys(tb testing.TB) []string {
	keys, err := n.do("KEYS", "*").AsStrSlice()
	require.NoError(tb, err)
	return slices.DeleteFunc(keys, func(k string) bool { return strings.HasPrefix(k, "dchat:limit:probe:") })
}

// clients returns the connections of Redis, one per line.
func (n *node) clients() string {
	list, _ := n.do("CLIENT", "LIST").ToString()
	return list
}

// pass makes every entry in Redis older.
func (n *node) pass(d time.Duration) {
	const older = `for _, key in ipairs(redis.call('KEYS', 'dchat:limit:*')) do
		redis.call('SET', key, string.format('%.0f', redis.call('GET', key) - ARGV[1]), 'KEEPTTL')
	end`
	if err := n.do("EVAL", older, "0", strconv.FormatInt(d.Microseconds(), 10)).Error(); !rueidis.IsRedisNil(err) {
		panic(err)
	}
}

// journal collects log lines.
type journal chan string

func (j journal) Enabled(context.Context, slog.Level) bool { return true }
func (j journal) WithAttrs([]slog.Attr) slog.Handler       { return j }
func (j journal) WithGroup(string) slog.Handler            { return j }

func (j journal) Handle(_ context.Context, r slog.Record) error {
	j <- r.Level.String() + " " + r.Message
	return nil
}

// await requires that the next line is this one.
func (j journal) await(t *testing.T, line string) {
	t.Helper()
	select {
	case got := <-j:
		require.Equal(t, line, got)
	case <-time.After(patience):
		require.Fail(t, "no line is logged", line)
	}
}
