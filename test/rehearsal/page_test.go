package rehearsal

import (
	"context"
	"sync"
	"testing"

	"dchat/test/harness"
	"dchat/test/page"

	"github.com/stretchr/testify/require"
)

// tab is a page that stays connected and has an outbox.
type tab struct {
	*page.Page

	t    *testing.T
	who  *harness.Person
	path string // of the conversation

	mu  sync.Mutex
	box outbox
}

// open loads the conversation and connects. seen is called for each message that the page shows.
func open(t *testing.T, who *harness.Person, with string, seen func(body, id string)) *tab {
	t.Helper()
	p := &tab{t: t, who: who, path: "/chats/" + with}
	p.box.changed = make(chan struct{}, 1)
	var err error
	p.Page, err = page.Open(who, p.path)
	require.NoError(t, err)
	p.Shown(func(r page.Row) { seen(r.Text, r.ID) })
	ctx, leave := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { p.Stay(ctx) })
	work.Go(func() { p.empty(ctx) })
	t.Cleanup(func() {
		leave()
		p.Leave()
		work.Wait()
	})
	p.awaitConnected()
	return p
}

func (p *tab) awaitConnected() {
	p.t.Helper()
	require.NoError(p.t, p.AwaitConnected(patience))
}

// log returns the rows of the page from top to bottom.
func (p *tab) log() []page.Row { return p.State().Rows }
