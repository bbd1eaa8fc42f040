package views

import (
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

var (
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ines  = viewerOf(&account.User{ID: 1, Username: "ines", DisplayName: "Ines Moreau", Email: "ines@example.org", CreatedAt: noon})
	aiko  = &account.User{ID: 8, Username: "aiko", DisplayName: "Aiko Nakamura", Email: "secret@example.org", CreatedAt: noon}
	devil = &account.User{ID: 9, Username: "d.evil", DisplayName: `"><script>alert(1)</script><hx-partial hx-target="body">`, Email: "x@example.org", CreatedAt: noon}
)

// pictured is a user with a picture.
var pictured = viewerOf(&account.User{ID: 2, Username: "pia", DisplayName: "Pia", Picture: "abc", CreatedAt: noon})

func viewerOf(u *account.User) Viewer {
	return Viewer{User: u, FileURL: func(viewer int64, id, name string) string {
		return "/files/" + id + "/" + url.PathEscape(name) + "?for=" + number(viewer)
	}}
}

// render reads the component the way htmx does: as the content of a template, its own elements made templates.
func render(t testing.TB, c templ.Component) *goquery.Document {
	t.Helper()
	var b strings.Builder
	require.NoError(t, c.Render(t.Context(), &b))
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	require.NoError(t, err)
	return doc
}

func entry(other *account.User, standing chat.Standing, seq int64) chat.Entry {
	e := chat.Entry{ConversationID: 7, Other: other, Standing: standing, Seq: seq, Rev: seq, ShownAt: noon}
	if seq > 0 {
		e.Last = message(seq, other.ID, "See you there")
	}
	return e
}

func message(seq, sender int64, body string) *chat.Message {
	return &chat.Message{
		ConversationID: 7, Seq: seq, Rev: seq + 1, SenderID: sender, Key: uuid.UUID{15: 1}, Body: body,
		CreatedAt: noon, PrevAt: noon.Add(-time.Minute),
	}
}

var standings = []chat.Standing{chat.Stranger, chat.Asked, chat.Asking, chat.InContact, chat.Blocked, chat.Deleted}

// pages is everything that can stand on a screen.
func pages() map[string]templ.Component {
	all := map[string]templ.Component{
		"landing": Landing(),
		"login":   Login(LoginForm{Login: `"><b>`, Next: `"><b>`, Errors: FieldErrors{"": "No.", "login": "No."}}),
		"signup":  Signup(SignupForm{Email: `"><b>`, Username: `"><b>`, Errors: FieldErrors{"password": "No."}}),
		"error":   ErrorPage(404, "Not found", "Nothing here.", ""),
		"profile": shellOf(Profile(ProfilePage{Me: viewerOf(devil), Blocked: []chat.Entry{entry(devil, chat.Blocked, 0)}})),
	}
	all["a wrong profile"] = shellOf(Profile(ProfilePage{Me: pictured, Form: ProfileForm{
		DisplayName: `"><b>`, Errors: FieldErrors{"": "No.", "display_name": "No.", "picture": "No."},
	}}))
	for _, form := range []string{"", "email", "password", "delete"} {
		page := settingsPage()
		page.Submitted = SubmittedForm{Form: form, Email: `"><b>`, Errors: FieldErrors{"": "No.", "email": "No.", "current_password": "No.", "password": "No."}}
		all["settings "+form] = shellOf(Settings(page))
	}
	for _, s := range standings {
		e := entry(devil, s, 3)
		h := History{Messages: []chat.Message{*message(3, devil.ID, devil.DisplayName)}, NewAfter: 2, More: true}
		all["chat "+string(s)] = shellOf(Pane(ines, e, h), e)
		all["person "+string(s)] = shellOf(Person(ines, e), e)
		all["message "+string(s)] = shellOf(MessagePane(messagePage(e)), e)
		for mode, unsent := range map[string]Unsent{"reply": {Mode: Mode{Reply: e.Last}}, "edit": {Body: "x", Mode: Mode{Edit: e.Last}}} {
			h := History{Messages: []chat.Message{*eventful(devil)}, NewAfter: -1, At: 4, Past: true, Unsent: unsent}
			all["chat "+mode+" "+string(s)] = shellOf(Pane(ines, e, h), e)
		}
	}
	found := *message(3, devil.ID, devil.DisplayName)
	all["nothing saved"] = shellOf(Saved(ines, chat.Hits{}, false))
	all["saved"] = shellOf(Saved(ines, chat.Hits{List: []chat.Hit{{Message: *eventful(devil), Other: devil}}, Next: `"><b>`}, true))
	all["find"] = shellOf(Find(findPage("alert", devil, chat.Hit{Message: found, Other: devil})))
	all["find nothing"] = shellOf(Find(FindPage{Me: ines, Query: `"><b>`, Now: noon}))
	for name, page := range guestPages() {
		all[name] = page
	}
	return all
}

// eventful is a message to which everything has happened.
func eventful(other *account.User) *chat.Message {
	m := message(4, other.ID, other.DisplayName)
	m.EditedAt, m.Forwarded, m.Saved, m.ReplySeq = noon, true, true, 2
	m.Quote = &chat.Quote{Seq: 2, SenderID: other.ID, Body: other.DisplayName}
	m.Reactions = []chat.Reaction{{UserID: other.ID, Emoji: "👍"}, {UserID: ines.ID, Emoji: "👍"}}
	return m
}

func messagePage(e chat.Entry) MessagePage {
	return MessagePage{
		Viewer: ines, Entry: e, Message: eventful(e.Other), MayEdit: true,
		Edits:   []chat.Version{{Body: e.Other.DisplayName, WrittenAt: noon}},
		Forward: ForwardForm{Contacts: []*account.User{aiko, devil}, Chosen: map[string]bool{"aiko": true}, Key: "a-key", Why: `"><b>`},
	}
}

// guestPages are the pages for users who are not signed in or not verified.
func guestPages() map[string]templ.Component {
	out := &account.User{ID: 3, Username: "d.evil", Email: devil.Email, NewEmail: devil.DisplayName}
	return map[string]templ.Component{
		"waiting outside":       Waiting(WaitingPage{Email: `"><b>`, Errors: FieldErrors{"": "No.", "email": "No."}}),
		"waiting outside again": Waiting(WaitingPage{State: SentAgain}),
		"waiting":               Waiting(WaitingPage{User: out, State: SentAgain, Email: `"><b>`, Errors: FieldErrors{"": "No.", "email": "No.", "current_password": "No."}}),
		"confirm":               Confirm(ConfirmPage{Address: `"><b>`, Username: "d.evil"}),
		"confirm new":           Confirm(ConfirmPage{Address: `"><b>`, Username: "d.evil", New: true}),
		"dead link":             InvalidLink(`"><b>`, Way{Label: "Sign in", Path: "/login"}),
		"elsewhere":             OtherAccount("Password changed", out),
		"forgot":                Forgot(ForgotForm{Email: `"><b>`, Errors: FieldErrors{"": "No.", "email": "No."}}),
		"forgot sent":           Forgot(ForgotForm{Sent: true}),
		"reset":                 Reset(ResetForm{Username: "d.evil", Errors: FieldErrors{"": "No.", "password": "No."}}),
	}
}

func shellOf(pane templ.Component, entries ...chat.Entry) templ.Component {
	return Shell(ShellPage{
		Me: ines, Entries: entries, Pane: pane, Cursor: "ab.1", Query: `"><b>`, Results: entries, Now: noon, Title: devil.DisplayName,
	})
}

func TestPagesKeepTheStrictPolicy(t *testing.T) {
	for name, page := range pages() {
		doc := render(t, page)
		require.Zero(t, doc.Find("[style], style, template[hx], hx-partial, :not(template *) > b:empty").Length(), name)
		doc.Find("script").Each(func(_ int, s *goquery.Selection) {
			require.True(t, strings.HasPrefix(s.AttrOr("src", ""), "/static/"), name)
			require.Empty(t, s.Text(), name)
		})
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, a := range s.Get(0).Attr {
				require.False(t, strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on"), "%s: %s", name, a.Key)
				if strings.HasPrefix(a.Key, "hx-") || a.Key == "href" || a.Key == "action" {
					require.NotContains(t, a.Val, "script", name)
				}
			}
		})
	}
}

func TestPagesWorkWithoutScript(t *testing.T) {
	for name, page := range pages() {
		render(t, page).Find("[hx-get], [hx-post]").Each(func(_ int, s *goquery.Selection) {
			switch goquery.NodeName(s) {
			case "a":
				require.Equal(t, s.AttrOr("hx-get", ""), s.AttrOr("href", ""), name)
			case "form":
				require.Equal(t, s.AttrOr("hx-post", s.AttrOr("hx-get", "")), s.AttrOr("action", ""), name)
				require.Equal(t, 1, s.Find("button, input[type=search]").Length(), name)
			case "input":
				require.Equal(t, 1, s.Closest("form").Length(), name)
			default:
				require.Equal(t, 1, s.Find("a[href]").Length(), name)
			}
		})
	}
}

func TestPageReferencesResolve(t *testing.T) {
	for name, page := range pages() {
		doc := render(t, page)
		seen := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			if s.Closest("template").Length() > 0 && goquery.NodeName(s) != "template" {
				return // of a copy that the script makes
			}
			require.False(t, seen[s.AttrOr("id", "")], "%s: two of %s", name, s.AttrOr("id", ""))
			seen[s.AttrOr("id", "")] = true
		})
		for _, attr := range []string{"aria-describedby", "aria-labelledby", "for"} {
			doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
				require.True(t, seen[s.AttrOr(attr, "")], "%s: %s", name, s.AttrOr(attr, ""))
			})
		}
		doc.Find("[hx-target]").Each(func(_ int, s *goquery.Selection) {
			require.Equal(t, 1, doc.Find(s.AttrOr("hx-target", "")).Length(), "%s: %s", name, s.AttrOr("hx-target", ""))
		})
		require.Equal(t, 1, doc.Find("main").Length(), name)
		require.Equal(t, 1, doc.Find("main h1").Length(), name)
	}
}

func TestFormsKeepWhatWasTypedButThePassword(t *testing.T) {
	form := render(t, Signup(SignupForm{Email: "a@b", Username: "ann", Errors: FieldErrors{"email": "This is no address."}})).Find("form")
	require.Equal(t, "/signup", form.AttrOr("action", ""))
	require.Equal(t, "post", form.AttrOr("method", ""))
	email := form.Find("[name=email]")
	require.Equal(t, "a@b", email.AttrOr("value", ""))
	require.Equal(t, "true", email.AttrOr("aria-invalid", ""))
	require.Equal(t, "This is no address.", strings.TrimSpace(form.Find("#"+email.AttrOr("aria-describedby", "")).Text()))
	require.Equal(t, "ann", form.Find("[name=username]").AttrOr("value", ""))
	_, kept := form.Find("[name=password]").Attr("value")
	require.False(t, kept)

	for name, label := range map[string]string{"email": "Email", "username": "Username", "password": "Password"} {
		require.Equal(t, label, form.Find("label[for="+name+"]").Text())
	}
	require.Equal(t, "Sign up", form.Find("button").Text())
}

func TestTitles(t *testing.T) {
	require.Equal(t, "DChat", render(t, Landing()).Find("head title").Text())
	require.Equal(t, "Aiko Nakamura · DChat", render(t, TitledPart("Aiko Nakamura", Pane(ines, entry(aiko, chat.InContact, 0), History{}))).Find("title").Text())
}

func TestOtherUsersEmailIsHidden(t *testing.T) {
	e := entry(aiko, chat.InContact, 1)
	for _, c := range []templ.Component{Person(ines, e), Pane(ines, e, History{}), Row(ines, e, false, noon), Results(ines, "aiko", []chat.Entry{e})} {
		var b strings.Builder
		require.NoError(t, c.Render(t.Context(), &b))
		require.NotContains(t, b.String(), aiko.Email)
	}
}

func BenchmarkMessageRow(b *testing.B) {
	m := message(3, aiko.ID, "Here’s the route: https://example.org/ridge. The hut’s booking is under my name.")
	b.ReportAllocs()
	for b.Loop() {
		if err := MessageRow(ines, aiko, m).Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
