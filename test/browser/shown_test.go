package browser

import (
	"fmt"
	"strings"
)

// shown is what the log of the open conversation says to its reader, a line for each message, and how the conversation
// stands in the list.
const shown = `() => {
  const log = document.querySelector('#pane [role=log]')
  const words = element => element.textContent.replace(/\s+/g, ' ').trim()
  const all = (selector, row) => [...row.querySelectorAll(selector)]
  const parts = row => [
    ...all('.quote', row).map(quote => '> ' + (quote.ariaLabel ?? words(quote)).replace('In reply to: ', '')),
    ...all('.file .name', row).map(name => '[' + name.title + ']'),
    ...all(':scope > :is(p, .body)', row).map(words),
    ...all('.forwarded, time .edited', row).map(words),
    ...(row.matches('.saved') ? ['saved'] : []),
    ...all('.pill', row).map(pill => (pill.matches('.own') ? '+' : '') + pill.ariaLabel),
  ].join(' | ')
  const line = row => {
    if (row.matches('.void')) return 'hidden' + words(row)
    if (!row.id) return 'unsent ' + parts(row)
    if (row.matches('.notice, .gone')) return parts(row)
    return (row.matches('.mine') ? 'me: ' : 'them: ') + parts(row)
  }
  const chat = document.querySelector('#chats a[href="' + log.dataset.path + '"]')
  return [...all('article', log).map(line), 'list: ' + (words(chat.querySelector('.last')) || 'nothing') + (chat.querySelector('.badge') ? ' (unread)' : '')].join('\n')
}`

// awaitShown waits until the page shows these lines.
func (p *Page) awaitShown(what string, lines []string) {
	p.t.Helper()
	want := strings.Join(lines, "\n")
	var got string
	p.await(patience, what, func() bool {
		return p.evaluate(&got, shown) == nil && got == want
	}, func() string { return fmt.Sprintf("it shows:\n%s\ninstead of:\n%s\n%s", got, want, p.text()) })
}
