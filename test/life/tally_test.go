package life

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// tally counts what the server has done and what it has refused, by the last word of the path.
type tally struct {
	mu            sync.Mutex
	done, refused map[string]int
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
