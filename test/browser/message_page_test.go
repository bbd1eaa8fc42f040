package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// What opens has one mark for that, in its line, on every page that has such parts.
func TestPartsThatOpen(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "hello")
	p := enter(t, anna, s.URL, "/chats/bert")
	page := strings.TrimPrefix(p.row("hello"), "#message-")
	for _, path := range []string{"/chats/bert/messages/" + page, "/settings"} {
		p.Go(path)
		require.Positive(t, ask[int](p, `() => document.querySelectorAll('#pane details > summary').length`), path)
		require.Empty(t, ask[[]string](p, `() => [...document.querySelectorAll('#pane details > summary')].filter(summary => {
      const [title, icon] = [summary.firstElementChild, summary.querySelector('.icon')].map(e => e.getBoundingClientRect())
      return getComputedStyle(summary).display === 'list-item' || icon.top > title.bottom || icon.left < title.right
    }).map(e => e.outerHTML)`), path)
	}
}

// A long name leaves room for what is told beside it, and stands beside its face.
func TestLongNamesOnPageOfMessage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, carl := trio(t, &s.Server)
	for _, p := range []*harness.Person{bert, carl} {
		name := p.Username + " of " + strings.Repeat("Hohenlohe ", 4)
		require.Equal(t, http.StatusOK, p.Post("/profile", url.Values{"display_name": {name}}, true).Status)
	}
	postMessage(t, bert, anna, "hello")
	p := enter(t, anna, s.URL, "/chats/bert")
	p.AwaitLive()
	row := p.row("hello")
	p.act(row, "react", "emoji=👍")
	bert.Post("/chats/anna/messages/"+strings.TrimPrefix(row, "#message-")+"/react", url.Values{"emoji": {"🎉"}}, true)
	p.Go("/chats/bert/messages/" + strings.TrimPrefix(row, "#message-"))
	require.Greater(t, ask[float64](p, `() => {
    const [all, fact] = ['.facts', '.facts dd'].map(s => document.querySelector(s).getBoundingClientRect())
    return fact.width / all.width
  }`), 0.5)
	ask[bool](p, `() => document.querySelector('#forward').open = true`)
	require.Less(t, ask[float64](p, `() => {
    const [face, name] = ['.face', '.name'].map(s => document.querySelector('#forward label ' + s).getBoundingClientRect())
    return Math.abs(face.top + face.bottom - name.top - name.bottom) / 2
  }`), 2.0)
}

// Beside the face stand the name and below it the username, whatever else the header tells.
func TestLinesOfHeader(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	a, _ := couple(t, &s.Server)
	a.Find("#pane", "heading", "bert")
	require.Equal(t, []float64{0, 0, 0}, ask[[]float64](a, `() => {
    const [face, name, state] = ['.face', '.name', '.state'].map(s => document.querySelector('#pane .who ' + s).getBoundingClientRect())
    const over = (a, b) => Math.max(0, Math.round(a - b))
    return [over(face.right, name.left), over(face.right, state.left), over(name.bottom, state.top + 4)]
  }`))
}
