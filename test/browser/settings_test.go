package browser

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/stretchr/testify/require"
)

// download fetches the first link inside the element of a selector.
func (p *Page) download(within string) []byte {
	p.t.Helper()
	text := ask[string](p, `async within => {
    const answer = await fetch(document.querySelector(within + ' a').href)
    return btoa([...new Uint8Array(await answer.arrayBuffer())].map(b => String.fromCharCode(b)).join(''))
  }`, within)
	content, err := base64.StdEncoding.DecodeString(text)
	require.NoError(p.t, err)
	return content
}

// unzip returns the files of an archive by name.
func unzip(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		files[f.Name] = string(content)
	}
	return files
}

func TestDataExportAppears(t *testing.T) {
	t.Parallel()
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		anna, bert, _ := trio(t, &one.Server)
		postMessage(t, anna, bert, "remember this")
		p, other := enter(t, anna, one.URL, "/settings"), enter(t, anna, two.URL, "/settings")
		p.AwaitLive()
		other.AwaitLive()
		p.Click("#export-state", "button", "Export")
		for _, p := range []*Page{p, other} {
			p.Find("#export-state", "link", "Download")
			p.Find("#export-state", "button", "Export again")
			files := unzip(t, p.download("#export-state"))
			require.Contains(t, files["data.json"], "remember this")
			require.Contains(t, files["index.html"], "remember this")
		}
		one.Email(t, "anna@example.org", "data")
	})
}

func TestDeleteAccount(t *testing.T) {
	t.Parallel()
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		anna, bert, _ := trio(t, &one.Server)
		postMessage(t, anna, bert, "hello")
		a, hers, b := enter(t, anna, one.URL, "/settings"), enter(t, one.SignIn(t, "anna"), two.URL, "/"), enter(t, bert, two.URL, "/chats/anna")
		looking := b.Tab()
		looking.Go("/people/anna")
		for _, p := range []*Page{a, hers, b, looking} {
			p.AwaitLive()
		}
		a.Excuse("422 (", "401 (")
		b.Show()
		a.Click("#pane", "DisclosureTriangle", "Delete account")
		a.fill("#delete-fields", "textbox", "Current password", "not the right one")
		a.Click("#pane details", "button", "Delete account")
		a.Await("the error is shown at the field", `() => !!document.querySelector('#delete-current[aria-invalid] + .error')`)
		a.fill("#delete-fields", "textbox", "Current password", harness.Password)
		a.Latency(300 * time.Millisecond)
		a.Click("#pane details", "button", "Delete account")
		a.awaitStatus("Your account is deleted.")
		hers.AwaitSignedOut()

		b.awaitNamed("Deleted account", rowName, paneName)
		b.AwaitAbsent("#pane", "textbox", "Message")
		b.AwaitTexts("hello")
		require.Contains(t, b.text(), "This account was deleted.")
		looking.Show()
		looking.awaitNamed("Deleted account", portraitName)
		looking.AwaitAbsent("#pane", "button", "*")
		for _, p := range []*Page{b, looking} {
			require.NotContains(t, ask[string](p, `() => document.title + document.body.innerText`), "anna")
		}

		a.SignIn(harness.Password)
		a.Find("", "alert", "*")
		require.Contains(t, a.text(), "do not belong together")
	})
}

// The forms of the page are independent: an error in one keeps the input of the others.
func TestRefusedSettings(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	p := enter(t, s.SignUp(t, "anna"), s.URL, "/settings")
	p.AwaitLive()
	p.Excuse("422 (")
	p.fill("#email-fields", "textbox", "New email", "anna@example.net")
	p.fill("#password-fields", "textbox", "Current password", "not the right one")
	p.fill("#password-fields", "textbox", "New password", "nine brass kettles")
	p.Click("#pane", "button", "Change password")
	p.Await("the error is shown at the field", `() => !!document.querySelector('#password-current[aria-invalid] + .error')`)
	p.fill("#password-fields", "textbox", "Current password", harness.Password)
	p.fill("#password-fields", "textbox", "New password", "12345678")
	p.Click("#pane", "button", "Change password")
	p.Await("the error is shown at the other field", `() => !!document.querySelector('#new-password[aria-invalid] + .error') && !document.querySelector('#password-current[aria-invalid]')`)
	require.Equal(t, "anna@example.net", ask[string](p, `() => document.querySelector('#new-email').value`))

	elsewhere := enter(t, s.SignIn(t, "anna"), s.URL, "/") // updates of the page keep their input too
	elsewhere.AwaitLive()
	p.awaitSessions(2)
	require.Equal(t, "anna@example.net", ask[string](p, `() => document.querySelector('#new-email').value`))
	require.Empty(t, s.Emails(t)[1:], "there is only the email of the sign-up")
}

func TestEmailChange(t *testing.T) {
	t.Parallel()
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		anna := one.SignUp(t, "anna")
		p, other := enter(t, anna, one.URL, "/settings"), enter(t, anna, two.URL, "/settings")
		p.AwaitLive()
		other.AwaitLive()
		p.fill("#email-fields", "textbox", "New email", "anna@example.net")
		p.fill("#email-fields", "textbox", "Current password", harness.Password)
		p.Click("#pane", "button", "Change email")
		p.Await("the change is confirmed", `() => document.querySelector('#email-said').textContent.includes('sent an email to your new address')`)
		for _, p := range []*Page{p, other} {
			p.Await("the new address is pending", `() => document.querySelector('#email-state').innerText.includes('anna@example.net')`)
		}
		one.Email(t, "anna@example.org", "address")
		mail := other.Tab()
		mail.Go(one.Email(t, "anna@example.net", "confirm").Path(t, "/email/confirm/"))
		require.Contains(t, mail.text(), "anna@example.net will be the new address of @anna.")
		mail.Click("", "button", "Confirm address")
		mail.Await("the change is confirmed", `() => /^anna@example.net\s+Confirmed$/.test(document.querySelector('#email-state').innerText.trim())`)
		for _, p := range []*Page{p, other} {
			p.Await("the new address is in use", `() => /^anna@example.net\s+Confirmed$/.test(document.querySelector('#email-state').innerText.trim())`)
		}
	})
}

func TestAccountWithoutScript(t *testing.T) {
	t.Parallel()
	const fresh = "nine brass kettles"
	s := harness.SQLite(t).Start(t)
	p := open(t, "anna", s.URL)
	p.do(emulation.SetScriptExecutionDisabled(true))
	p.Excuse("422 (")
	p.SignUp()
	p.Go("/profile")
	p.Fill("textbox", "Display name", "Anna Ångström")
	p.ChoosePicture(write(t, "me.png", drawing(t)))
	p.Click("#pane", "button", "Save")
	p.awaitNamed("Anna Ångström", portraitName)
	p.awaitPictures(ownFace, portraitFace)
	p.Find("#pane", "StaticText", "Saved")
	p.Click("#pane", "button", "Remove picture")
	p.awaitInitials("AÅ", ownFace, portraitFace)

	p.Click("#pane", "link", "Settings")
	p.fill("#password-fields", "textbox", "Current password", "not the right one")
	p.fill("#password-fields", "textbox", "New password", fresh)
	p.Click("#pane", "button", "Change password")
	p.Await("the error is shown at the field", `() => !!document.querySelector('#password-current[aria-invalid] + .error')`)
	other := s.SignIn(t, "anna")
	p.Click("#pane", "link", "Back to your profile")
	p.Click("#pane", "link", "Settings")
	p.awaitSessions(2)
	p.Click("#sessions-state", "button", "Sign out everywhere else")
	p.awaitSessions(1)
	require.Equal(t, 303, other.Get("/settings", false).Status)
	p.Click("#export-state", "button", "Export")
	s.Email(t, "anna@example.org", "data")
	p.Reload()
	require.Contains(t, unzip(t, p.download("#export-state"))["data.json"], "Anna Ångström")

	p.Click("#sessions-state", "button", "Sign out *")
	p.Find("", "button", "Sign in")
	p.Click("", "link", "Forgot your password?")
	p.Fill("textbox", "Email", "anna@example.org")
	p.Click("", "button", "Send the link")
	p.Find("", "heading", "Check your mail")
	p.Go(emailLink(t, s, p, "choose a new password", "/password/reset/"))
	p.Fill("textbox", "Password", fresh)
	p.Click("", "button", "Set password")
	p.awaitStatus("Your new password is set.")
	p.SignIn(fresh)
	p.Find("", "searchbox", "Search people")
	p.Go("/settings")
	p.Click("#pane", "DisclosureTriangle", "Delete account")
	p.fill("#delete-fields", "textbox", "Current password", fresh)
	p.Click("#pane details", "button", "Delete account")
	p.awaitStatus("Your account is deleted.")
}

// The page shows the current state in every order of arrival.
func TestLateAnswerKeepsDataExport(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	p := enter(t, s.SignUp(t, "anna"), s.URL, "/settings")
	p.AwaitLive()
	ask[bool](p, `() => {
    window.asked = 0
    document.addEventListener('htmx:before:request', e => { if (e.detail.ctx.request.action.includes('state=')) window.asked++ })
    return true
  }`)
	p.Hold("/settings*")
	p.Click("#export-state", "button", "Export")
	p.Await("it asks when the copy is started, and when it is ready", `() => window.asked >= 2`)
	p.AwaitHeld()
	p.Release()
	p.Find("#export-state", "link", "Download")
}
