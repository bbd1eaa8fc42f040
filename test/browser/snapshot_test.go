package browser

import (
	"fmt"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// A page with an invalid cursor, for example after a restore, receives a new sidebar in fragments: deleted rows are
// removed, moved rows are moved, all rows appear once and in order, and a pane without a conversation reloads itself.
func TestSnapshotInPieces(t *testing.T) {
	s := harness.SQLite(t).Start(t)
	anna := s.SignUp(t, "anna")
	s.SignUp(t, "zora")
	const contacts = 70 // more than one fragment holds
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
	p.Await("the pane has reloaded itself", `() => !('old' in document.querySelector('#pane').dataset) && !!document.querySelector('#pane').dataset.with`)
	p.Await("the last fragment", `() => { const [epoch, version] = document.querySelector('#cursor').textContent.split('.'); return epoch !== 'dead' && version > 70 }`)
	require.Equal(t, before, ask[[]string](p, `() => [...document.querySelectorAll('#chats .row')].map(row => row.id)`))
}
