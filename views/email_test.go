package views

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dchat/app/account"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

const emailHome = "https://chat.example.org"

// emailTexts are sentences without which an email would not do its work. The path is where its link
// leads, with a token if chat has made one.
var emailTexts = map[string]struct {
	path string
	says []string
}{
	account.EmailVerify:          {"/verify/abc-_1", []string{"Welcome, zoe.miller!", "Please confirm that this is your e-mail address.", "The link works for 3 days.", "Just leave this email alone."}},
	account.EmailKnown:           {"/login", []string{"Hello Zoë,", "It belongs to your account zoe.miller already, so nothing has changed.", "You can simply sign in."}},
	account.EmailReset:           {"/password/reset/abc-_1", []string{"asked for a new password for your account zoe.miller.", "The link works once, for 1 hour.", "Your password stays as it is."}},
	account.EmailPasswordChanged: {"/password/forgot", []string{"The password of your account zoe.miller was changed.", "choose a new password at once."}},
	account.EmailConfirm:         {"/email/confirm/abc-_1", []string{"Hello zoe.miller,", "Until then the old one stays.", "The link works for 1 day."}},
	account.EmailChangeRequested: {"/settings", []string{"to zoe@new.example.org.", "someone knows your password"}},
	account.EmailChanged:         {"/settings", []string{"is now zoe@example.org.", "someone knows your password"}},
	account.EmailDeleted:         {"", []string{"Your account zoe.miller was deleted", "What you wrote stays with those you wrote it to, without your name.", "It cannot be brought back."}},
	account.EmailExport:          {"/settings", []string{"The copy of your data that you asked for is ready.", "It stays there for 7 days."}},
}

func writtenEmail(name string) Email {
	l := &account.Email{Name: name, To: "zoe@example.org", User: &account.User{
		Username: "zoe.miller", DisplayName: "Zoë <b>Miller</b>", Email: "zoe@example.org", NewEmail: "zoe@new.example.org",
	}}
	if path := emailTexts[name].path; strings.HasSuffix(path, "abc-_1") || name == account.EmailKnown || name == account.EmailExport {
		l.Path = path
	}
	return NewEmail(l, emailHome)
}

func TestEmailPartsHaveTheSameText(t *testing.T) {
	for name, want := range emailTexts {
		t.Run(name, func(t *testing.T) {
			l := writtenEmail(name)
			page := render(t, EmailPage(l))
			text := strings.Join(strings.Fields(l.Text()), " ")
			seen := strings.Join(strings.Fields(page.Find("body > table").Text()), " ")
			for _, sentence := range append(want.says, "DChat at chat.example.org sent this email.") {
				require.Contains(t, text, sentence)
				require.Contains(t, seen, sentence)
			}
			require.NotEmpty(t, l.Subject)
			require.Equal(t, l.Subject, page.Find("title").Text())
			require.Contains(t, page.Find("body > div").Text(), l.Preview)

			links := page.Find("a").Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
			if want.path == "" {
				require.Empty(t, links)
				require.NotContains(t, text, "http")
				return
			}
			url := emailHome + want.path
			require.Equal(t, []string{url, url}, links, "the button, and the address below it")
			require.Equal(t, url, page.Find("a").Last().Text())
			require.Equal(t, 1, strings.Count(l.Text(), "\n"+url+"\n"), "a line of its own, whole")
			require.Equal(t, 1, strings.Count(l.Text(), "http"))
		})
	}
}

func TestEmailsLoadNoResources(t *testing.T) {
	for name := range emailTexts {
		page := render(t, EmailPage(writtenEmail(name)))
		require.Zero(t, page.Find("img, script, link, iframe, form, video, b").Length(), name)
		html, err := page.Html()
		require.NoError(t, err)
		require.NotContains(t, strings.ReplaceAll(html, emailHome, ""), "http", name)
		require.NotContains(t, html, "url(", name)
		require.NotContains(t, html, "&amp;#", "a style that was escaped twice: %s", name)
		require.NotContains(t, html, "zTemplUnsafe", name)
		require.Contains(t, html, "prefers-color-scheme: dark", name)
	}
}

func TestPlainTextOfEmail(t *testing.T) {
	for name := range emailTexts {
		text := writtenEmail(name).Text()
		require.True(t, strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\n\n"), name)
		require.NotContains(t, text, "\n\n\n", name)
		for line := range strings.Lines(text) {
			if !strings.Contains(line, "http") {
				require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), textWidth, name)
			}
		}
	}
	require.Equal(t, `Welcome, zoe.miller!

Please confirm that this is your e-mail address. Then you can start
chatting.

Confirm address:
https://chat.example.org/verify/abc-_1

The link works for 3 days.

You have not signed up? Then someone mistyped their address. Just leave
this email alone.

-- 
DChat at chat.example.org sent this email. Replies to it are not read.
`, writtenEmail(account.EmailVerify).Text())
}

func TestEmailsToUnverifiedAddressesHideDisplayName(t *testing.T) {
	for _, name := range []string{account.EmailVerify, account.EmailConfirm} {
		l := writtenEmail(name)
		require.NotContains(t, l.Text()+l.Subject+l.Preview, "Zoë", name)
	}
}
