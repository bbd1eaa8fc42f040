package life

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// tally counts what the server has done and what it has refused, by the last word of the path.
type tally struct {
	repeated atomic.Int64 // requests

	mu            sync.Mutex
	done, refused map[string]int
}

// again repeats a request until there is an answer of the server, as the script does: it may be busy, or away.
func (f *fixture) again(try func() (*harness.Answer, error)) (*harness.Answer, error) {
	for end := time.Now().Add(3 * time.Minute); ; {
		answer, err := try()
		if err == nil && answer.Status < 500 || time.Now().After(end) {
			return answer, err
		}
		if answer.Status >= 500 && answer.Status != http.StatusServiceUnavailable {
			return answer, fmt.Errorf("an outage is answered with %d: %s", answer.Status, answer.Body)
		}
		f.tally.repeated.Add(1)
		time.Sleep(20*time.Millisecond + rand.N(50*time.Millisecond))
	}
}

func (c *tally) add(address string, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done, c.refused = map[string]int{}, map[string]int{}
	}
	what := path.Base(address)
	c.done[what] += 0
	if done {
		c.done[what]++
	} else {
		c.refused[what]++
	}
}

func (c *tally) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var text []string
	for _, what := range slices.Sorted(maps.Keys(c.done)) {
		text = append(text, fmt.Sprintf("%s %d (%d refused)", what, c.done[what], c.refused[what]))
	}
	return strings.Join(text, ", ")
}

// requireDone asserts that nothing was refused each time: such a test would show nothing.
func (c *tally) requireDone(t *testing.T) {
	t.Helper()
	t.Log(c)
	require.NotEmpty(t, c.done)
	for what, done := range c.done {
		require.False(t, done == 0 && c.refused[what] > 3, "%s was always refused", what)
	}
}
