package browser

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestPictures takes the screenshots of the README for `just screenshots`; DCHAT_PICTURES names their folder.
func TestPictures(t *testing.T) {
	dir := os.Getenv("DCHAT_PICTURES")
	if dir == "" {
		t.Skip("DCHAT_PICTURES is not set")
	}
	s := harness.SQLite(t).Start(t)
	named := func(username, name string) *harness.Person {
		p := s.SignUp(t, username)
		require.Equal(t, http.StatusOK, p.Post("/profile", url.Values{"display_name": {name}}, true).Status)
		return p
	}
	mara, jonas := named("mara", "Mara Lindqvist"), named("jonas", "Jonas Okafor")
	others := []*harness.Person{named("yuki", "由紀 Tanaka"), named("omar", "Omar Haddad"), named("grandma", "Grandma Inés")}
	harness.Connect(t, mara, jonas)
	for _, other := range others {
		harness.Connect(t, mara, other)
	}
	postMessage(t, others[0], mara, "See you at the station at nine 🚉")
	postMessage(t, others[1], mara, "مساء الخير! هل وصلت *الصور* من الرحلة؟")
	postMessage(t, mara, others[1], "نعم، شكرًا. أعجبتني صورة البحر كثيرًا")
	postMessage(t, others[1], mara, "> Nordpier, 18:30\nنلتقي هناك غدًا، ومعي الكتاب")
	postMessage(t, others[2], mara, "I made too much soup again.")
	postMessage(t, others[2], mara, "Come by, all of you!")
	asking := named("lena", "Lena Fischer")
	require.Less(t, asking.Post("/chats/mara/request", nil, false).Status, 400)

	j, m := enter(t, jonas, s.URL, "/chats/mara"), enter(t, mara, s.URL, "/chats/jonas")
	j.AwaitLive()
	m.AwaitLive()
	talk(m, j)
	m.awaitRead()
	for _, scheme := range []string{"light", "dark"} {
		m.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
		m.do(emulation.SetDeviceMetricsOverride(1280, 800, 1, false))
		m.Go("/chats/jonas")
		m.picture(filepath.Join(dir, "wide-"+scheme+".png"))
		m.do(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
		m.Go("/chats/jonas")
		m.picture(filepath.Join(dir, "phone-"+scheme+".png"))
		m.loadActions()
		m.openMenu(m.row("You have thought of everything 😄"))
		m.picture(filepath.Join(dir, "phone-menu-"+scheme+".png"))
		m.Go("/")
		m.picture(filepath.Join(dir, "phone-list-"+scheme+".png"))
		m.Go("/chats/omar")
		m.picture(filepath.Join(dir, "phone-arabic-"+scheme+".png"))
	}
}

// talk is a conversation about a day by the sea.
func talk(m, j *Page) {
	m.t.Helper()
	j.Send("Morning! Did you look at the weather for Saturday?")
	m.AwaitText("Morning! Did you look at the weather for Saturday?")
	m.Send("Sun all day, wind from the west.")
	m.Send("I say we take the early train and walk the whole bay 🌊")
	j.AwaitText("I say we take the early train and walk the whole bay 🌊")
	j.Send("The route is on https://example.org/coast-path, about 14 km")
	m.AwaitText("The route is on https://example.org/coast-path, about 14 km")
	j.Attach(write(m.t, "The bay last autumn.jpg", photo(m.t, 1200, 760)))
	j.AwaitTray("done")
	j.Send("This is where we stopped last time")
	m.Await("the picture", `() => document.querySelector('#pane article img')?.complete`)
	m.Attach(write(m.t, "Packing list.pdf", []byte("%PDF-1.4\n"+string(noise(180_000)))))
	m.AwaitTray("done")
	m.Send("Perfect. Here is what I would bring:")
	list := j.row("Perfect. Here is what I would bring:")
	j.choose(list, "Reply")
	j.Send("You have thought of *everything* 😄")
	m.AwaitText("You have thought of everything 😄")
	m.act(m.row("You have thought of everything 😄"), "react", "emoji=❤️")
	j.act(list, "save", "saved=on")
	j.act(list, "react", "emoji=👍")
	m.awaitRow(list, ":has(.pill)")
}

// awaitRead waits until the server has marked the conversation as read: a page opened before that begins at the
// unread divider.
func (p *Page) awaitRead() {
	p.t.Helper()
	p.Await("the conversation is read", `() => {
    const log = document.querySelector('#pane [role=log]'), theirs = [...log.querySelectorAll('.msg:not(.mine)')]
    return Number(log.dataset.read) >= Number(theirs.at(-1).dataset.seq)
  }`)
}

// picture writes a screenshot of the window.
func (p *Page) picture(path string) {
	p.t.Helper()
	p.AwaitLive()
	p.Await("all pictures", `() => [...document.images].filter(i => i.checkVisibility()).every(i => i.complete)`)
	p.awaitStill()
	var png []byte
	p.do(chromedp.CaptureScreenshot(&png))
	require.NoError(p.t, os.WriteFile(path, png, 0o644)) //nolint:gosec // not secret
}
