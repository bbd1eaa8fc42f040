package live

import (
	"context"
	"sync"
	"testing"
)

// A change committed after the handshake reaches a page without a cursor, even if the hub is slow to catch up.
func TestCatchUpBeginsAtHandshake(t *testing.T) {
	database := newFixture()
	options := quiet(database.options())
	answered := make(chan struct{})
	options.CatchUp = func(ctx context.Context, user int64, cursor Cursor) ([]Fragment, error) {
		<-answered
		return database.catchUp(ctx, user, cursor)
	}
	n := startNode(t, NewMemoryBroker(), options)
	database.write(alice, 0)
	p := n.open(t, alice, 1, "")
	n.Publish(t.Context(), database.write(alice, 0))
	database.write(alice, 0) // on a node that does not publish
	close(answered)
	p.has(2, 3)
}

// The same during concurrent writes.
func TestPagesOpenedDuringManyWrites(t *testing.T) {
	database := newFixture()
	n := startNode(t, NewMemoryBroker(), quiet(database.options()))
	var writers sync.WaitGroup
	pages := make([]*page, 100)
	for user := range pages {
		pages[user] = n.open(t, int64(user), 1, "")
		writers.Go(func() {
			for range 20 {
				n.Publish(t.Context(), database.write(int64(user), 0))
			}
		})
	}
	writers.Wait()
	for _, p := range pages {
		p.has(1, 20)
	}
}
