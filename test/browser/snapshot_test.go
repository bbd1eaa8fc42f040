package browser

import (
	"fmt"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// A page whose place is worth nothing, after a restore say, gets its sidebar anew, in pieces: what there is
// no more goes, what stands elsewhere now moves, all else stands once and in order, and a pane without a conversation loads itself.
func TestSnapshotInPieces(t *testing.T) {
	s := harness.SQLite(t).Start(t)
	anna := s.SignUp(t, "anna")
	s.SignUp(t, "zora")
	const contacts = 70 // more than one piece holds
	for i := range contacts {
		harness.Connect(t, anna, s.SignUp(t, fmt.Sprintf("contact%02d", i)))
	}
	p := enter(t, anna, s.URL, "/chats/zora")
	p.AwaitLive()
	before := ask[[]string](p, `() => [...document.querySelectorAll('#chats .row')].map(row => row.id)`)
	require.Len(t, before, contacts)
	ask[bool](p, `() => {
		document.querySelector('#pane').dataset.old = ''
		document.querySelector('#chats .row').insertAdjacentHTML('beforebegin', '<a class="row" id="chat-99999" data-at="0">void</a>')
		const rows = [...document.querySelectorAll('#chats > .row[href]')]
		rows.at(-1).dataset.at = '9'.repeat(15)
		rows[0].before(rows.at(-1))
		document.querySelector('#cursor').textContent = 'dead.99'
		return document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
	}`)
	p.Await("the pane has loaded itself", `() => !('old' in document.querySelector('#pane').dataset) && !!document.querySelector('#pane').dataset.with`)
	p.Await("the last piece", `() => { const [epoch, version] = document.querySelector('#cursor').textContent.split('.'); return epoch !== 'dead' && version > 70 }`)
	require.Equal(t, before, ask[[]string](p, `() => [...document.querySelectorAll('#chats .row')].map(row => row.id)`))
}
