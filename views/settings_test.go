package views

import (
	"strings"
	"testing"
	"time"

	"dchat/app/account"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

func settingsPage() SettingsPage {
	me := viewerOf(&account.User{ID: 9, Username: "d.evil", DisplayName: `"><b>`, Email: `"><b>@example.org`, NewEmail: `"><i>@example.org`, CreatedAt: noon})
	return SettingsPage{
		Me: me, Session: 2, Now: noon,
		Sessions: []account.Session{
			{ID: 1, UserAgent: firefox, CreatedAt: noon.Add(-48 * time.Hour), SeenAt: noon},
			{ID: 2, UserAgent: `"><script>`, CreatedAt: noon, SeenAt: noon},
		},
		Export: &account.Export{ID: "xyz", Size: 412_345, CreatedAt: noon, ReadyAt: noon},
	}
}

// spaced is what a text says, its white space as one sees it.
func spaced(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func TestEachSessionIsNamedAndCanBeEnded(t *testing.T) {
	page := settingsPage()
	rows := render(t, Settings(page)).Find("#sessions-state li")
	require.Equal(t, 2, rows.Length())
	require.Contains(t, spaced(rows.First()), "This one")
	other := rows.Last()
	require.Contains(t, spaced(other), "Firefox on Linux")
	require.Contains(t, spaced(other), "Last seen 23 Nov at 12:00 Signed in 21 Nov at 12:00")
	require.Equal(t, "/settings/sessions/1/revoke", other.Find("form").AttrOr("action", ""))
	require.Equal(t, "Sign out Firefox on Linux", other.Find("button").AttrOr("aria-label", ""))
	require.Contains(t, spaced(render(t, Settings(page)).Find("#sessions-state")), "Sign out everywhere else")

	page.Sessions = page.Sessions[1:]
	require.NotContains(t, spaced(render(t, Settings(page)).Find("#sessions-state")), "everywhere else")
	for id := int64(10); id < 100; id++ {
		page.Sessions = append([]account.Session{{ID: id, UserAgent: firefox}}, page.Sessions...)
	}
	list := render(t, Settings(page)).Find("#sessions-state")
	require.Equal(t, maxSessions, list.Find("li").Length())
	require.Contains(t, spaced(list.Find("li").First()), "This one", "it is always there")
	require.Contains(t, spaced(list), "And 61 more.")
}

func TestExportStates(t *testing.T) {
	page := settingsPage()
	state := func() *goquery.Selection { return render(t, Settings(page)).Find("#export-state") }
	link := state().Find("a[download]")
	require.Equal(t, "Download", link.Text())
	require.Equal(t, "/files/xyz/dchat-d.evil.zip?for=9", link.AttrOr("href", ""))
	require.Contains(t, spaced(state()), "412 KB")
	require.Contains(t, spaced(state()), "Kept until 30 Nov")
	require.Equal(t, "Export again", spaced(state().Find("button")))

	page.Now = noon.Add(account.ExportLife) // not yet swept
	require.Zero(t, state().Find("a").Length())
	require.Equal(t, "Export", spaced(state().Find("button")))

	page.Now, page.Export.ReadyAt = noon.Add(time.Minute), time.Time{}
	require.Contains(t, spaced(state()), "Being prepared")
	require.Zero(t, state().Find("a, button").Length())
	page.Now = noon.Add(2 * time.Hour)
	require.Equal(t, "Export", spaced(state().Find("button")), "one may ask again")
	page.Export = nil
	require.Equal(t, "Export", spaced(state().Find("button")))
}

func TestEmailState(t *testing.T) {
	page := settingsPage()
	state := func() string { return spaced(render(t, Settings(page)).Find("#email-state")) }
	require.Contains(t, state(), "Not confirmed yet")
	require.Contains(t, state(), "Send again")
	require.Contains(t, state(), page.Me.NewEmail)
	require.Contains(t, state(), "Cancel")
	page.Me.VerifiedAt, page.Me.NewEmail = noon, ""
	require.Equal(t, page.Me.Email+" Confirmed", state())
}

func TestInvalidSettingIsMarked(t *testing.T) {
	page := settingsPage()
	page.Submitted = SubmittedForm{Form: "email", Email: "a@b", Errors: FieldErrors{"current_password": "This is not your password."}}
	doc := render(t, Settings(page))
	form := doc.Find("form[action='/settings/email']")
	require.Equal(t, "a@b", form.Find("[name=email]").AttrOr("value", ""))
	wrong := form.Find("[name=current_password]")
	require.Equal(t, "This is not your password.", spaced(form.Find("#"+wrong.AttrOr("aria-describedby", ""))))
	_, focused := wrong.Attr("autofocus")
	require.True(t, focused)
	require.Equal(t, 1, doc.Find("[aria-invalid]").Length(), "of three current passwords one is wrong")
	require.Empty(t, form.Find("[role=status]").Text())

	page.Submitted = SubmittedForm{Form: "email"}
	doc = render(t, Settings(page))
	require.Contains(t, doc.Find("#email-said").Text(), "email to your new address")
	require.Zero(t, doc.Find("[aria-invalid], [autofocus]").Length())

	page.Submitted = SubmittedForm{Form: "verify"}
	require.Equal(t, "Another email is on its way.", render(t, Settings(page)).Find("[role=status]").Text())
}

func TestSizes(t *testing.T) {
	for size, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 KB", 12_345: "12 KB", 3_456_789: "3.5 MB", 5_000_000_000_000: "5000 GB"} {
		require.Equal(t, want, sizeText(size))
	}
}
