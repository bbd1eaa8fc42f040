package web_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// After the response to a block no message of the blocked user is stored, even with many requests in flight.
func TestNoMessageAfterBlock(t *testing.T) {
	for _, ending := range []string{"block", "remove"} {
		t.Run(ending, func(t *testing.T) {
			harness.Backends(t, func(t *testing.T, b *backend) {
				near := b.Start(t)
				far := near
				if b.Redis() != nil {
					far = b.Start(t)
				}
				crowd := near.Crowd(t, 6, 0)
				database := b.Open(t)
				for i := 0; i < len(crowd); i += 2 {
					raceSends(t, crowd[i].On(far), crowd[i+1], ending, func() int {
						return messagesBetween(t, database, crowd[i].Username, crowd[i+1].Username)
					})
				}
			})
		})
	}
}

// raceSends keeps a hundred sends in flight until the end takes effect.
func raceSends(t *testing.T, anna, bert *person, ending string, stored func() int) {
	t.Helper()
	var senders sync.WaitGroup
	var accepted atomic.Int64
	soon := make(chan struct{})
	for i := range 100 {
		senders.Go(func() {
			for k := range 30 {
				switch a := write(anna, bert.Username, fmt.Sprint("message ", i, " ", k)); a.Status {
				case http.StatusOK:
					if accepted.Add(1) == 50 {
						close(soon)
					}
				case http.StatusForbidden:
					return
				default:
					t.Errorf("%d %s", a.Status, a.Body)
					return
				}
			}
			t.Error("no send was refused")
		})
	}
	<-soon
	did(t, bert, "/chats/"+anna.Username+"/"+ending)
	atTheEnd := stored()
	senders.Wait()
	require.Equal(t, atTheEnd, stored(), "a message got in after the end")
	require.EqualValues(t, atTheEnd, accepted.Load(), "an accepted message is not there, or a refused one is")
}
