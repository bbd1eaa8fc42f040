package web_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

func rename(p *person, name string) *answer {
	return p.Post("/profile", url.Values{"display_name": {name}}, true)
}

func TestDisplayNames(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna := n.SignUp(t, "anna")
		shown := func() string { return anna.Get("/profile", false).Doc().Find("#pane .portrait .name").Text() }
		for typed, want := range map[string]string{
			strings.Repeat("🦊", 50):   strings.Repeat("🦊", 50),
			"  Anna \t\n B.  ":        "Anna B.",
			"ليلى حداد":               "ليلى حداد",
			`<b>"&amp;`:               `<b>"&amp;`,
			"":                        "anna",
			"   ":                     "anna",
			"Anna\u200fالف\u200eBerg": "Anna\u200fالف\u200eBerg",
		} {
			a := rename(anna, typed)
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			require.Contains(t, a.Body, "Saved")
			require.Equal(t, want, shown())
			require.Equal(t, want, anna.Get("/profile", false).Doc().Find("#display-name").AttrOr("value", ""))
		}
		require.Equal(t, http.StatusOK, rename(anna, "Anna Berg").Status)
		for typed, sentence := range map[string]string{
			strings.Repeat("🦊", 51):            "at most 50 characters",
			"Anna\u202egreB":                   "cannot be shown",
			"Anna\u2066Berg":                   "cannot be shown",
			"Anna\x00":                         "cannot be shown",
			"Anna\x1b[31m":                     "cannot be shown",
			"Anna\xff":                         "cannot be shown",
			"\u2060\u2060":                     "nothing that can be seen",
			"\u3164":                           "nothing that can be seen",
			"Z" + strings.Repeat("\u0301", 30): "at most four accents",
			"Deleted accоunt":                  "look like a deleted account",
		} {
			a := rename(anna, typed)
			require.Equal(t, http.StatusUnprocessableEntity, a.Status, typed)
			require.Contains(t, a.Doc().Find("#display-name-error").Text(), sentence)
			require.NotContains(t, a.Body, "Saved")
			require.Equal(t, "Anna Berg", shown())
		}
	})
}

func TestProfileWithoutAScript(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	page := browse(t, n.SignUp(t, "anna"), "/profile")
	require.Equal(t, "anna", page.doc.Find("#display-name").AttrOr("placeholder", ""))
	a := page.press("Save", "Display name", strings.Repeat("x", 51))
	require.Equal(t, http.StatusUnprocessableEntity, a.Status)
	require.Equal(t, strings.Repeat("x", 51), page.doc.Find("#display-name").AttrOr("value", ""), "what was typed is there again")
	require.True(t, page.has("at most 50 characters"), page.text())
	require.Equal(t, "anna", page.doc.Find("#pane .portrait .name").Text())
	require.Equal(t, http.StatusSeeOther, page.press("Save", "Display name", "Anna Berg").Status)
	require.Equal(t, "/profile?done=saved", page.path)
	require.True(t, page.has("Saved"), page.text())
	require.Equal(t, "Anna Berg", page.doc.Find("#pane .portrait .name").Text())
}

// A new name appears on the open pages of contacts and of recipients of a request, and on no other page.
func TestDisplayNameUpdatesLive(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		join := func(name string) *person { return far.SignUp(t, name) }
		anna := near.SignUp(t, "anna")
		seeing, blind := map[string]*person{}, map[string]*person{}
		for _, how := range []string{"contact", "asked"} {
			seeing[how] = join("is-" + how)
		}
		for _, how := range []string{"stranger", "asking", "removed", "blocked", "blocker", "rejected"} {
			blind[how] = join("is-" + how)
		}
		for _, p := range []*person{seeing["contact"], blind["removed"], blind["blocked"], blind["blocker"]} {
			harness.Connect(t, anna, p)
			wrote(t, p, "anna", "hello")
		}
		did(t, anna, "/chats/is-asked/request")
		did(t, blind["asking"], "/chats/anna/request") // a sender cannot see whether the request is blocked
		did(t, anna, "/chats/is-removed/remove")
		did(t, anna, "/chats/is-blocked/block")
		did(t, blind["blocked"], "/chats/anna/request") // looks sent
		did(t, blind["blocker"], "/chats/anna/block")
		did(t, blind["rejected"], "/chats/anna/request")
		did(t, anna, "/chats/is-rejected/reject")

		desk := anna.Socket(t, "")
		phone := far.SignIn(t, "anna").Socket(t, "")
		sockets := map[string]*harness.Socket{}
		for how, p := range seeing {
			sockets[how] = p.Socket(t, "")
		}
		friend := join("friend")
		for how, p := range blind {
			harness.Connect(t, friend, p)
			sockets[how] = p.Socket(t, "")
		}

		require.Equal(t, http.StatusOK, rename(anna, "Anna the Renamed").Status)
		for _, socket := range []*harness.Socket{desk, phone, sockets["contact"], sockets["asked"]} {
			socket.AwaitText(t, "Anna the Renamed")
		}
		for how, p := range blind {
			wrote(t, friend, p.Username, "the sentinel")
			sockets[how].AwaitText(t, "the sentinel")
			require.NotContains(t, sockets[how].All(), "Renamed", how)
			require.NotContains(t, sockets[how].All(), "anna", how)
		}
		for _, p := range blind {
			require.Contains(t, p.Get("/people/anna", true).Body, "Anna the Renamed", "it is no secret, only not news")
		}
	})
}

func TestProfileChangesAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.RateLimits = "on" })
	anna := n.SignUp(t, "anna")
	for i := range 60 {
		require.Equal(t, http.StatusOK, rename(anna, strings.Repeat("x", i%50+1)).Status)
	}
	a := rename(anna, "once more")
	require.Equal(t, http.StatusTooManyRequests, a.Status)
	require.Equal(t, "once more", a.Doc().Find("#display-name").AttrOr("value", ""), "what was typed is there again")
	require.Contains(t, a.Doc().Find("[role=alert]").Text(), "Please wait")
}

// The blocked list is updated on every open profile, and is the only place to unblock.
func TestBlockedListUpdatesLive(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		anna, bert := near.SignUp(t, "anna"), near.SignUp(t, "bert")
		socket := anna.On(far).Socket(t, "")
		found := anna.Get("/search?q=bert", true).Doc().Find(".result form[action='/chats/bert/block'] button")
		require.Equal(t, "Block", strings.TrimSpace(found.Text()), "also a stranger")
		did(t, anna, "/chats/bert/block")
		socket.AwaitText(t, `action="/chats/bert/unblock"`)
		require.Contains(t, anna.Get("/search?q=bert", true).Doc().Find(".result .state").Text(), "Blocked")
		require.Equal(t, http.StatusOK, bert.Post("/chats/anna/request", nil, true).Status)
		for _, path := range []string{"/", "/people/bert", "/chats/bert", "/search?q=bert"} {
			require.NotContains(t, anna.Get(path, false).Body, "/chats/bert/unblock", path)
		}
		page := browse(t, anna, "/profile")
		page.press("Unblock")
		require.Equal(t, "/profile", page.path)
		require.True(t, page.has("You have blocked nobody."), page.text())
		socket.AwaitText(t, `hx-target="#blocked-`)
	})
}

// somePicture is a PNG of a size.
func somePicture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, width, height))))
	return b.Bytes()
}

// savePicture sends the profile's form as a page's script does.
func savePicture(t *testing.T, p *person, name string, file []byte) *answer {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	require.NoError(t, form.WriteField("display_name", name))
	filename := "me.png"
	if file == nil { // none was chosen
		filename = ""
	}
	part, err := form.CreateFormFile("picture", filename)
	require.NoError(t, err)
	_, err = part.Write(file)
	require.NoError(t, err)
	require.NoError(t, form.Close())
	a, err := p.Do(http.MethodPost, "/profile", http.Header{"Origin": {p.Origin()}, "Hx-Request": {"true"}, "Content-Type": {form.FormDataContentType()}}, &b)
	require.NoError(t, err)
	return a
}

// faces are the addresses of the pictures in some HTML, by the name in their address.
func faces(t *testing.T, html, name string) (found []string) {
	t.Helper()
	doc := (&answer{Body: html}).Doc()
	doc.Find(`.face img[src*="/` + name + `.jpg?"]`).Each(func(_ int, s *goquery.Selection) { found = append(found, s.AttrOr("src", "")) })
	return found
}

func TestPictureIsShownEverywhere(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := pair(t, b)
		anna, bert, carl := near.SignUp(t, "anna"), far.SignUp(t, "bert"), near.SignUp(t, "carl")
		harness.Connect(t, anna, bert)
		own, other, strange := anna.Socket(t, ""), bert.Socket(t, ""), carl.Socket(t, "")
		a := savePicture(t, anna, "Anna", somePicture(t, 300, 200))
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		require.Contains(t, a.Body, "Saved")
		for _, socket := range []*harness.Socket{own, other} {
			socket.AwaitText(t, "/anna.jpg?")
		}
		sent := faces(t, strings.NewReplacer("<hx-", "<div ", "</hx-", "</div ").Replace(other.All()), "anna")
		require.NotEmpty(t, sent)
		for _, src := range sent {
			picture := bert.Get(src, false)
			require.Equal(t, http.StatusOK, picture.Status, src)
			require.Equal(t, "image/jpeg", picture.Header.Get("Content-Type"))
			config, _, err := image.DecodeConfig(strings.NewReader(picture.Body))
			require.NoError(t, err)
			require.Equal(t, config.Width, config.Height)
			require.Equal(t, http.StatusNotFound, carl.Get(src, false).Status, "an address is for one person")
			require.NotEqual(t, http.StatusOK, near.Stranger().Get(src, false).Status)
		}
		for path, p := range map[string]*person{"/profile": anna, "/": bert, "/chats/anna": bert, "/people/anna": carl, "/search?q=anna": carl} {
			found := faces(t, p.Get(path, false).Body, "anna")
			require.NotEmpty(t, found, path)
			require.Equal(t, http.StatusOK, p.On(near).Get(found[0], false).Status, path)
		}
		require.NotContains(t, strange.All(), "anna.jpg")

		old := faces(t, carl.Get("/people/anna", false).Body, "anna")[0]
		page := browse(t, anna, "/profile")
		require.Equal(t, http.StatusSeeOther, page.press("Remove picture").Status)
		require.Empty(t, faces(t, bert.Get("/chats/anna", false).Body, "anna"))
		require.Equal(t, "Anna", page.doc.Find("#display-name").AttrOr("value", ""), "the name stays")
		require.Equal(t, http.StatusNotFound, carl.Get(old, false).Status)
	})
}

func TestInvalidPicturesAreRefused(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	anna := n.SignUp(t, "anna")
	require.Equal(t, http.StatusOK, savePicture(t, anna, "Anna", somePicture(t, 100, 100)).Status)
	before := faces(t, anna.Get("/profile", false).Body, "anna")
	require.NotEmpty(t, before)
	for what, c := range map[string]struct {
		file     []byte
		sentence string
	}{
		"a page":          {[]byte("<html><script>alert(1)</script>"), "not a picture"},
		"half a picture":  {somePicture(t, 100, 100)[:60], "not a picture"},
		"a vector":        {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "not a picture"},
		"a large file":    {make([]byte, 21<<20), "too big"},
		"a very big file": {make([]byte, 60<<20), "too big"},
	} {
		a := savePicture(t, anna, "Anna B.", c.file)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status, what)
		require.Contains(t, a.Doc().Find("#picture-error").Text(), c.sentence, what)
		require.Equal(t, "Anna B.", a.Doc().Find("#display-name").AttrOr("value", ""), what)
		require.Equal(t, "Anna", anna.Get("/profile", false).Doc().Find(".portrait .name").Text(), "all or nothing")
		require.Equal(t, before, faces(t, anna.Get("/profile", false).Body, "anna"))
	}
	require.Equal(t, http.StatusUnprocessableEntity, savePicture(t, anna, strings.Repeat("x", 51), somePicture(t, 100, 100)).Status)
	require.Equal(t, before, faces(t, anna.Get("/profile", false).Body, "anna"))
	require.Equal(t, http.StatusOK, savePicture(t, anna, "Anna B.", nil).Status)
	require.Equal(t, http.StatusOK, rename(anna, "Anna C.").Status)
	require.Equal(t, before, faces(t, anna.Get("/profile", false).Body, "anna"), "the picture stays")
}

func TestPicturesAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.RateLimits = "on" })
	anna := n.SignUp(t, "anna")
	small := somePicture(t, 1, 1)
	for range 30 {
		require.Equal(t, http.StatusOK, savePicture(t, anna, "Anna", small).Status)
	}
	a := savePicture(t, anna, "Anna", small)
	require.Equal(t, http.StatusTooManyRequests, a.Status)
	require.Contains(t, a.Doc().Find("[role=alert]").Text(), "Please wait")
	require.Equal(t, http.StatusOK, rename(anna, "Anna B.").Status, "the name may still be changed")
}
