package browser

import (
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// share posts to the app as the system does when another program shares something.
func (p *Page) share(text string, files ...string) {
	p.t.Helper()
	require.NoError(p.t, p.evaluate(nil, `(text, ...files) => {
    const form = document.createElement('form')
    Object.assign(form, { method: 'post', action: '/share', enctype: 'multipart/form-data' })
    const field = (type, name) => form.appendChild(Object.assign(document.createElement('input'), { type, name }))
    field('hidden', 'title').value = 'A title'
    field('hidden', 'text').value = text
    const picked = new DataTransfer()
    for (const name of files) picked.items.add(new File(['content of ' + name], name, { type: 'text/plain' }))
    const input = field('file', 'files')
    Object.assign(input, { multiple: true, files: picked.files })
    document.body.append(form)
    form.submit()
  }`, append([]any{text}, asAny(files)...)...))
	p.Find("#pane", "heading", "Share")
	p.AwaitLive()
}

func asAny(list []string) (all []any) {
	for _, one := range list {
		all = append(all, one)
	}
	return all
}

// The worker takes what another program shares: files wait in the composer of the chosen contact, a text is sent.
func TestShareTarget(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	b := enter(t, bert, s.URL, "/chats/anna")
	p := open(t, "anna", s.URL)
	p.withWorker()
	p.become(anna)
	p.Go("/")
	p.AwaitLive()
	p.awaitKept("anna: ")

	p.share("https://example.org/a+b?c=d&e")
	p.Await("the text", `() => document.querySelector('#share-body').value === 'A title\nhttps://example.org/a+b?c=d&e'`)
	p.Click("#share", "button", "bert")
	p.AwaitChat("bert")
	b.AwaitTexts("A title\nhttps://example.org/a+b?c=d&e")
	p.Await("it is kept no more", `async () => !await caches.has('dchat-shared-1')`)

	p.share("two files", "ä 1.txt", "b.txt")
	p.Await("their names", `() => document.querySelector('#share-files').innerText === 'With “ä 1.txt”, “b.txt”.'`)
	p.Click("#share", "button", "bert")
	p.AwaitChat("bert")
	p.AwaitTray("done", "done")
	require.Equal(t, "A title\ntwo files", p.Composed())
	p.sendOn()
	b.AwaitTexts("A title\nhttps://example.org/a+b?c=d&e", "A title\ntwo files")
	require.Len(t, ask[[]shownFile](b, shownFiles), 2)
	p.Await("they are kept no more", `async () => !await caches.has('dchat-shared-1')`)
}

// Without the worker the server shows what is shared.
func TestShareWithoutWorker(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	b := enter(t, bert, s.URL, "/chats/anna")
	p := enter(t, anna, s.URL, "/")
	p.AwaitLive()
	p.share("just a text")
	require.Equal(t, "A title\njust a text", ask[string](p, `() => document.querySelector('#share-body').value`))
	p.Click("#share", "button", "bert")
	p.AwaitChat("bert")
	b.AwaitTexts("A title\njust a text")
}
