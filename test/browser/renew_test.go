package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// Expired file URLs, as on a page that has been open for a day.
const wearOut = `() => {
  for (const element of document.querySelectorAll('#pane .msg *'))
    for (const attribute of element.attributes)
      if (attribute.value.startsWith('/files/')) attribute.value = attribute.value.replace(/exp=\d+/, 'exp=1')
}`

const stillWorn = `document.querySelector('#pane [role=log]').innerHTML.includes('exp=1&')`

func TestExpiredFileURLsAreRenewed(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, b := couple(t, &s.Server)
	b.Excuse("404 (")
	a.Attach(write(t, "one.jpg", photo(t, 300, 200)), write(t, "notes.txt", []byte("hello")))
	a.AwaitTray("done", "done")
	a.SendFiles()
	const loaded = `() => { const image = document.querySelector('#pane .picture img'); return image?.complete && image.naturalWidth > 0 && !` + stillWorn + ` }`
	b.Await("the picture", loaded)

	require.NoError(t, b.evaluate(nil, wearOut))
	b.Await("the picture loads from a new URL", loaded)

	// A link with an expired URL still works. (A URL renewed a moment ago is not renewed again.)
	b.Go("/chats/anna")
	b.Await("the picture", loaded)
	require.NoError(t, b.evaluate(nil, `() => {
    const link = document.querySelector('#pane .get')
    link.setAttribute('href', link.getAttribute('href').replace(/exp=\d+/, 'exp=1'))
    window.followed = []
    document.addEventListener('click', event => { followed.push(event.target.closest('a').href); event.preventDefault() })
  }`))
	b.Click("#pane [role=log]", "link", "Download notes.txt")
	b.Await("the link is followed with a new URL", `() => followed.length === 1 && !followed[0].includes('exp=1&')`)

	// Without a connection the URL cannot be renewed, and a notice is shown.
	b.Excuse(connectionErrors...)
	b.Go("/chats/anna")
	b.Await("the picture", loaded)
	b.Offline(true)
	require.NoError(t, b.evaluate(nil, wearOut))
	b.Click("#pane [role=log]", "link", "Download notes.txt")
	b.Await("the notice explains the failure", `() => document.querySelector('#notice').textContent.includes('No connection')`)
}
