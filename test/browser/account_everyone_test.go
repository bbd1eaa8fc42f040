package browser

import (
	"net/url"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/stretchr/testify/require"
)

// signUpConfirmed creates an account with a confirmed address.
func signUpConfirmed(t *testing.T, n *harness.Node, name string) *harness.Person {
	t.Helper()
	p := n.SignUp(t, name)
	p.Post(n.Email(t, name+"@example.org", "confirm").Path(t, "/verify/"), nil, false)
	return p
}

// inspector checks the accessibility of pages.
type inspector struct {
	t      *testing.T
	script string
}

// look checks the open page with all details unfolded: in both themes, on a desktop and on a phone.
func (i *inspector) look(p *Page, where string) {
	i.t.Helper()
	ask[bool](p, `() => { document.querySelectorAll('details').forEach(d => { d.open = true }); return true }`)
	for _, size := range [][2]int64{{1280, 800}, {390, 844}} {
		p.do(emulation.SetDeviceMetricsOverride(size[0], size[1], 1, size[0] < 1000))
		for _, scheme := range []string{"light", "dark"} {
			p.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}))
			p.awaitStill()
			for _, v := range p.axe(i.script) {
				i.t.Errorf("%s, %d px, %s: %s (%s) %s\n%s", where, size[0], scheme, v.ID, v.Impact, v.Help, strings.Join(v.Where, "\n"))
			}
		}
		require.True(i.t, ask[bool](p, `() => document.scrollingElement.scrollWidth <= innerWidth`), "%s is too wide for %d px", where, size[0])
	}
	p.do(emulation.SetDeviceMetricsOverride(360, 640, 2, true))
	p.requireFits(where)
	p.do(emulation.SetDeviceMetricsOverride(1280, 800, 1, false))
}

func (i *inspector) visit(p *Page, paths ...string) {
	i.t.Helper()
	for _, path := range paths {
		p.Go(path)
		i.look(p, path)
	}
}

func TestSignInPagesAreAccessible(t *testing.T) {
	t.Parallel()
	i := &inspector{t, axeScript(t)}
	s := harness.SQLite(t).Start(t, confirmed)
	name := strings.Repeat("W", 50)
	s.SignUp(t, name)
	link := s.Email(t, name+"@example.org", "confirm").Path(t, "/verify/")
	s.Stranger().Post("/password/forgot", url.Values{"email": {name + "@example.org"}}, false)
	reset := s.Email(t, name+"@example.org", "choose").Path(t, "/password/reset/")

	out := open(t, "nobody", s.URL)
	out.Excuse("410 (", "404 (", "403 (", "422 (")
	i.visit(out, "/verify", "/verify?sent", "/verify?sent=again", "/password/forgot", "/password/forgot?sent", "/login?done=reset", link, reset, "/verify/nonsense", "/password/reset/nonsense")
	out.Go(reset)
	out.Fill("textbox", "Password", "1")
	out.Click("", "button", "Set password")
	out.Await("the error", `() => !!document.querySelector('[aria-invalid]')`)
	i.look(out, "a refused password")

	waiting := enter(t, s.SignIn(t, name), s.URL, "/verify")
	waiting.Excuse("422 (")
	i.visit(waiting, "/verify", "/verify?sent=again")
	waiting.Fill("textbox", "Email", "no address")
	waiting.Click("", "button", "Change address")
	waiting.Await("the error", `() => !!document.querySelector('[aria-invalid]')`)
	i.look(waiting, "an invalid address")
}

func TestProfileAndSettingsAreAccessible(t *testing.T) {
	t.Parallel()
	i := &inspector{t, axeScript(t)}
	s := harness.SQLite(t).Start(t, confirmed)
	anna, bert, carl := signUpConfirmed(t, s, "anna"), signUpConfirmed(t, s, "bert"), signUpConfirmed(t, s, strings.Repeat("M", 50))
	signUpConfirmed(t, s, strings.Repeat("W", 50))
	harness.Connect(t, anna, bert)
	require.Less(t, anna.Post("/chats/"+carl.Username+"/block", nil, false).Status, 400)
	s.SignIn(t, "anna")

	p := enter(t, anna, s.URL, "/profile")
	p.AwaitLive()
	p.Excuse("422 (")
	i.visit(p, "/profile", "/settings", "/people/bert", "/people/"+carl.Username, "/people/"+strings.Repeat("W", 50), "/search?q=WWW", "/search?q=MMM", "/verify?confirmed")
	p.Go("/profile")
	p.ChoosePicture(write(t, "me.png", []byte("no picture")))
	p.Fill("textbox", "Display name", strings.Repeat("M", 51))
	p.Click("#pane", "button", "Save")
	p.Await("the error", `() => !!document.querySelector('#pane [aria-invalid]')`)
	i.look(p, "a refused profile")
	p.ChoosePicture(write(t, strings.Repeat("long ", 40)+".png", drawing(t)))
	p.Fill("textbox", "Display name", strings.Repeat("M", 50))
	p.Click("#pane", "button", "Save")
	p.awaitPictures(portraitFace)
	i.look(p, "a profile with a picture")

	p.Go("/settings")
	p.AwaitLive()
	p.Click("#export-state", "button", "Export")
	p.Find("#export-state", "link", "Download")
	p.fill("#email-fields", "textbox", "New email", strings.Repeat("m", 60)+"@example.net")
	p.fill("#email-fields", "textbox", "Current password", harness.Password)
	p.Click("#pane", "button", "Change email")
	p.Find("#email-state", "button", "Cancel")
	for _, button := range []string{"Change email", "Change password"} {
		p.Click("#pane", "button", button)
	}
	p.Await("the error", `() => document.querySelectorAll('#pane [aria-invalid]').length === 2`)
	i.look(p, "settings with all errors")
}
