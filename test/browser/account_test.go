package browser

import (
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// confirmed requires a confirmed address before the first sign-in.
func confirmed(c *config.Config) { c.EmailVerification = "required" }

// onNodes runs a test on a node that is alone, and on two that share Postgres and Redis. On SQLite, two
// is one.
func onNodes(t *testing.T, f func(t *testing.T, one, two *harness.Node), change ...func(*config.Config)) {
	t.Helper()
	harness.Backends(t, func(t *testing.T, b *harness.Backend) {
		t.Parallel()
		one := b.Start(t, change...)
		two := one
		if b.Name == "postgres" {
			two = b.Start(t, change...)
		}
		f(t, one, two)
	})
}

// FillSignUp fills and sends the sign-up form.
func (p *Page) FillSignUp() {
	p.t.Helper()
	p.Go("/signup")
	p.Fill("textbox", "Email", p.Name+"@example.org")
	p.Fill("textbox", "Username", p.Name)
	p.Fill("textbox", "Password", harness.Password)
	p.Click("", "button", "Sign up")
}

// SignIn sends the form of the page that is open.
func (p *Page) SignIn(password string) {
	p.t.Helper()
	p.Fill("textbox", "Email or username", p.Name)
	p.Fill("textbox", "Password", password)
	p.Click("", "button", "Sign in")
}

// AwaitSignedOut waits until the page is, by itself, where one signs in.
func (p *Page) AwaitSignedOut() {
	p.t.Helper()
	p.Await("sign-in", `() => location.pathname === '/login' && !!document.querySelector('[name=login]')`)
}

// awaitSaid waits until the page says what has become of what one did.
func (p *Page) awaitSaid(sentence string) {
	p.t.Helper()
	p.Await(sentence, `sentence => document.querySelector('.said')?.innerText.startsWith(sentence)`, sentence)
}

// linkTo is what the link of a letter to the person of a page opens.
func linkTo(t *testing.T, n *harness.Node, p *Page, subject, prefix string) string {
	t.Helper()
	return n.Letter(t, p.Name+"@example.org", subject).Path(t, prefix)
}

func TestSigningUpByLetter(t *testing.T) {
	t.Parallel()
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		p, mail := open(t, "anna", one.URL), open(t, "anna", two.URL)
		p.FillSignUp()
		p.Find("", "heading", "Check your mail")
		require.Equal(t, "/verify?sent", ask[string](p, `() => location.pathname + location.search`))

		link := linkTo(t, one, p, "confirm", "/verify/")
		mail.Go(link)
		mail.Find("", "heading", "Is this your address?")
		require.Contains(t, mail.text(), "anna@example.org was given by @anna")
		mail.Fill("textbox", "Password", "another quiet lantern") // this browser has not signed up
		mail.Click("", "button", "Confirm address")
		mail.Find("", "searchbox", "Search people")
		mail.AwaitLive()

		mail.Excuse("410 (", "404 (", "403 (")
		mail.Go(link)
		mail.Find("", "heading", "This link does not work")
		mail.Click("", "link", "Continue")
		mail.Find("", "searchbox", "Search people")

		p.Click("", "link", "Continue")
		p.SignIn("another quiet lantern")
		p.Find("", "searchbox", "Search people")
	}, confirmed)
}

// A browser writes a domain in ASCII at once; one signs in with the address as one types it.
func TestAnAddressOfAnyScriptSignsIn(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	for name, email := range map[string]string{"anna": "x@bücher.example", "bert": "y@пример.рф", "carl": "z@straße.example", "dora": "w@例子.中国", "emma": "v@ایران.امارات"} {
		p := open(t, name, s.URL)
		p.Go("/signup")
		p.Fill("textbox", "Email", email)
		p.Fill("textbox", "Username", name)
		p.Fill("textbox", "Password", harness.Password)
		p.Click("", "button", "Sign up")
		p.AwaitLive()
		again := open(t, name, s.URL)
		again.Go("/login")
		again.Fill("textbox", "Email or username", email)
		again.Fill("textbox", "Password", harness.Password)
		again.Click("", "button", "Sign in")
		again.AwaitLive()
	}
}

// Who signs in before the letter is there may wait on that page: it goes on by itself.
func TestWaitingForALetter(t *testing.T) {
	t.Parallel()
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		p := open(t, "anna", one.URL)
		mail := p.Tab()
		mail.url = two.URL
		p.Show()
		p.FillSignUp()
		first := linkTo(t, one, p, "confirm", "/verify/")
		p.Go("/login")
		p.SignIn(harness.Password)
		p.Find("", "heading", "Check your mail")
		p.Go("/settings")
		require.Equal(t, "/verify", ask[string](p, `() => location.pathname`), "nothing else is there yet")
		require.Contains(t, p.text(), "anna@example.org")
		p.Click("", "button", "Send again")
		p.awaitSaid("Another email is on its way.")
		linkTo(t, one, p, "confirm", "/verify/")

		mail.Show()
		mail.Go(first) // the first works as well as the second
		mail.Click("", "button", "Confirm address")
		mail.Find("", "searchbox", "Search people")
		p.Show()
		p.Find("", "searchbox", "Search people")
		p.AwaitLive()
		require.Equal(t, "/", ask[string](p, `() => location.pathname`))
	}, confirmed)
}

// Where addresses need not be confirmed one may do so all the same, and sees it at once.
func TestAConfirmedAddressShowsInTheSettings(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna := s.SignUp(t, "anna")
	p := enter(t, anna, s.URL, "/settings")
	p.AwaitLive()
	p.Await("not yet", `() => document.querySelector('#email-state').innerText.includes('Not confirmed yet')`)
	mail := p.Tab()
	mail.Go(linkTo(t, s, p, "confirm", "/verify/"))
	mail.Click("", "button", "Confirm address")
	p.Await("confirmed", `() => /\bConfirmed\b/.test(document.querySelector('#email-state').innerText)`)
	p.AwaitGone("#email-state", "button", "Send again")
}

func TestAForgottenPassword(t *testing.T) {
	t.Parallel()
	const fresh = "nine brass kettles"
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		inside := enter(t, one.SignUp(t, "anna"), one.URL, "/profile")
		inside.AwaitLive()
		p := open(t, "anna", two.URL)
		p.Go("/login")
		p.Click("", "link", "Forgot your password?")
		p.Fill("textbox", "Email", "anna@example.org")
		p.Click("", "button", "Send the link")
		p.Find("", "heading", "Check your mail")
		link := linkTo(t, one, p, "choose a new password", "/password/reset/")

		p.Excuse("422 (", "410 (", "404 (", "403 (")
		p.Go(link)
		p.Fill("textbox", "Password", "12345678")
		p.Click("", "button", "Set password")
		p.Await("what is wrong stands at the field", `() => !!document.querySelector('#password[aria-invalid] + .error')`)
		p.Fill("textbox", "Password", fresh)
		p.Click("", "button", "Set password")
		p.awaitSaid("Your new password is set.")
		inside.AwaitSignedOut()
		require.Contains(t, ask[string](inside, `() => location.search`), "next=%2Fprofile")

		p.SignIn(harness.Password)
		p.Find("", "alert", "*")
		p.SignIn(fresh)
		p.Find("", "searchbox", "Search people")
		inside.SignIn(fresh)
		inside.Find("#pane", "heading", "Your profile")
		inside.AwaitLive()

		p.Go(link)
		p.Find("", "heading", "This link does not work")
		p.Find("", "link", "Ask for a new link")
	})
}
