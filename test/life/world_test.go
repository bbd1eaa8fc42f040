// Package life holds the proof that pages show the truth, whatever two people do with their messages at the same time:
// on several pages, on two nodes, with connections that end, nodes that are killed and a Redis that restarts.
package life

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"dchat/db"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { services.Main(m) }

// pagesEach is how many pages each person has open.
const pagesEach = 2

// fixture is a database with people, and the nodes that serve them.
type fixture struct {
	db      *db.DB
	servers []*harness.Server

	tally *tally

	mu     sync.Mutex
	people []*harness.Person
	ids    map[string]int64
}

func newFixture(t *testing.T, b *harness.Backend, servers []*harness.Server, crowd []*harness.Person) *fixture {
	t.Helper()
	f := &fixture{db: b.Open(t), servers: servers, tally: &tally{}, people: crowd, ids: map[string]int64{}}
	var rows []struct {
		ID       int64
		Username string
	}
	require.NoError(t, f.db.Read().NewRaw("SELECT id, username FROM users").Scan(t.Context(), &rows))
	for _, r := range rows {
		f.ids[r.Username] = r.ID
	}
	return f
}

// pair takes the next people who are contacts.
func (f *fixture) pair() (a, b *harness.Person, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.people) < 2 {
		return nil, nil, false
	}
	a, b = f.people[0], f.people[1]
	f.people = f.people[2:]
	return a, b, true
}

// talk is a conversation of two people with all their pages. The first of them has another contact.
type talk struct {
	*fixture

	ctx    context.Context
	actors [2]*actor
	third  *harness.Person

	conversation int64
	expired      atomic.Bool // the time of some messages has come

	ledger *ledger
	names  map[int64]string
}

// failure ends a run: testing.T and rapid.T have it.
type failure interface {
	Helper()
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

func (f *fixture) newTalk(ctx context.Context, t failure) *talk {
	t.Helper()
	return f.newTalkAt(ctx, t, f.servers)
}

// newTalkAt opens the pages of two people. The pages of each are on different nodes.
func (f *fixture) newTalkAt(ctx context.Context, t failure, servers []*harness.Server) *talk {
	t.Helper()
	a, b, ok := f.pair()
	c, _, enough := f.pair()
	if !ok || !enough {
		t.Skipf("all people have talked") // while a script is made shorter
	}
	k := &talk{fixture: f, ctx: ctx, third: c, ledger: newLedger(), names: map[int64]string{}}
	f.connect(t, a, c)
	before, err := read(ctx, f.db, f.ids[a.Username], f.ids[b.Username])
	if err == nil {
		err = k.ledger.begin(before)
	}
	if err != nil {
		t.Fatalf("the conversation cannot be read: %v", err)
	}
	k.conversation = before.id
	for i, two := range [2][2]*harness.Person{{a, b}, {b, a}} {
		k.actors[i] = &actor{talk: k, n: i, who: two[0], other: two[1], id: f.ids[two[0].Username], path: "/chats/" + two[1].Username}
		k.names[k.actors[i].id] = two[0].Username
		for n := range pagesEach {
			p, err := k.actors[i].open(two[0].At(servers[n%len(servers)]))
			if err != nil {
				t.Fatalf("a page does not open: %v", err)
			}
			k.actors[i].pages = append(k.actors[i].pages, p)
		}
	}
	return k
}

// connect makes two people contacts.
func (f *fixture) connect(t failure, a, b *harness.Person) {
	t.Helper()
	for _, step := range []struct {
		who  *harness.Person
		path string
	}{{a, "/chats/" + b.Username + "/request"}, {b, "/chats/" + a.Username + "/accept"}} {
		answer, err := f.again(func() (*harness.Answer, error) { return step.who.Try(http.MethodPost, step.path, nil, false) })
		if err != nil || answer.Status != http.StatusSeeOther {
			t.Fatalf("%s: %v %d %s", step.path, err, answer.Status, answer.Body)
		}
	}
}

func (k *talk) close() {
	for _, a := range k.actors {
		for _, p := range a.pages {
			p.Leave()
		}
	}
}

// play runs a script: the two people do their parts of a round at the same time.
func (k *talk) play(s script) error {
	for n, r := range s {
		var both sync.WaitGroup
		var failed [2]error
		for i, a := range k.actors {
			both.Go(func() {
				for _, s := range r {
					if s.Who == i && failed[i] == nil && s.Do != "rest" {
						failed[i] = a.do(s)
					}
				}
			})
		}
		both.Wait()
		for _, err := range failed {
			if err != nil {
				return fmt.Errorf("round %d: %w", n, err)
			}
		}
		if r.rests() {
			if err := k.compare(false); err != nil {
				return fmt.Errorf("after round %d: %w", n, err)
			}
		}
	}
	return nil
}

func (r round) rests() bool {
	for _, s := range r {
		if s.Do == "rest" {
			return true
		}
	}
	return false
}
