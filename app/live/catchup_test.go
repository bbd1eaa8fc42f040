package live

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// oneChangePerFragment makes catch-ups return one fragment of 16 KiB per change.
func oneChangePerFragment(database *fixture) Options {
	options := quiet(database.options())
	options.CatchUp = func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error) {
		whole, err := database.catchUp(ctx, user, cursor)
		if err != nil || whole[0].To <= cursor.Version {
			return whole, err
		}
		var fragments []Fragment
		for n := cursor.Version + 1; n <= whole[0].To; n++ {
			body := append(paragraph(n), strings.Repeat(" ", 16<<10)...)
			fragments = append(fragments, Fragment{User: user, To: n, Body: body})
		}
		return fragments, nil
	}
	return options
}

// A page that is disconnected during a long catch-up continues from its last cursor.
func TestCatchUpResumesAfterDisconnect(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), oneChangePerFragment(database))
	for range 100 {
		database.write(alice, 0)
	}
	at := int64(0)
	for at < 100 {
		p := n.dial(t, alice, 1, fmt.Sprintf("e1.%d", at))
		_, message, err := p.conn.ReadMessage()
		require.NoError(t, err)
		p.take(string(message))
		require.Equal(t, []int64{at + 1}, p.rows)
		require.Equal(t, at+1, p.cursor.Version)
		at += 10
		p.conn.Close()
	}
}

// Fragments published during a long catch-up follow it.
func TestFragmentsWaitForCatchUp(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), oneChangePerFragment(database))
	for range 50 {
		database.write(alice, 0)
	}
	p := n.dial(t, alice, 1, "e1.0")
	eventually(t, "the writer waits for the reader", func() (full bool) {
		n.each(alice, func(c *client) {
			c.mu.Lock()
			defer c.mu.Unlock()
			full = c.flow.isFull() && len(c.caught) > 0
			require.LessOrEqual(t, c.flow.written-c.flow.read, int64(maxInFlight+batchBytes+17<<10))
		})
		return full
	})
	for range 10 {
		n.Publish(t.Context(), database.write(alice, 0))
	}
	go p.read()
	p.has(1, 60)
}

// A drain ends a catch-up between two fragments.
func TestDrainDuringCatchUp(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), oneChangePerFragment(database))
	for range 100 {
		database.write(alice, 0)
	}
	p := n.dial(t, alice, 1, "e1.0")
	eventually(t, "the catch-up is running", func() (full bool) {
		n.each(alice, func(c *client) {
			c.mu.Lock()
			defer c.mu.Unlock()
			full = c.flow.isFull()
		})
		return full
	})
	go p.read()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	n.Drain(ctx)
	require.NoError(t, ctx.Err())
	p.closed(CloseRestart)
	for i, row := range p.rows {
		require.EqualValues(t, i+1, row)
	}
	require.EqualValues(t, len(p.rows), p.cursor.Version)
}

// Fragments that arrive faster than a page may be written to are merged into one message, and a later part
// replaces an earlier one with the same key.
func TestQueuedFragmentsAreMerged(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	p := n.open(t, alice, 1, "").settle()
	const count = 100
	began := time.Now()
	for i := range count {
		f := database.write(alice, 0)
		f.Parts = []Part{{"row", fmt.Appendf(nil, "<i>%d</i>", i+1)}, {"", []byte("<b></b>")}}
		n.Publish(t.Context(), f)
	}
	p.has(1, count)
	p.wait("the last row", p.contains(fmt.Sprintf("<i>%d</i>", count)))
	most := pageRate.burst + 3 + int(time.Since(began)/pageRate.every)
	require.LessOrEqual(t, p.cursors, most)
	require.LessOrEqual(t, strings.Count(p.text, "<i>"), most)
	require.Equal(t, count, strings.Count(p.text, "<b>"))
}
