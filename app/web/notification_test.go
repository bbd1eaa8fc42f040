package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// pushKey is a point of the curve on which browsers have their keys.
const pushKey = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"

// subscription is what a browser sends; pushKey is its key.
func subscription(endpoint string) url.Values {
	return url.Values{"endpoint": {endpoint}, "p256dh": {pushKey}, "auth": {"AAAAAAAAAAAAAAAAAAAAAA"}}
}

func TestSubscriptions(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t)
	anna, database := n.SignUp(t, "anna"), b.Open(t)
	stored := func() int { return count(t, database, "SELECT count(*) FROM push_subscriptions") }
	for _, endpoint := range []string{"", "nonsense", "http://push.example.org/x", "https://push.example.org:22/x", "https://user:pw@push.example.org/x", "file:///etc/passwd"} {
		a := anna.Post("/push/subscribe", subscription(endpoint), true)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status, endpoint)
	}
	for field, value := range map[string]string{"p256dh": "AAAA", "auth": "AAAA"} {
		form := subscription("https://push.example.org/x")
		form.Set(field, value)
		require.Equal(t, http.StatusUnprocessableEntity, anna.Post("/push/subscribe", form, true).Status, field)
	}
	require.Zero(t, stored())

	for range 2 {
		require.Equal(t, http.StatusOK, anna.Post("/push/subscribe", subscription("https://push.example.org/x"), true).Status)
		require.Equal(t, 1, stored())
	}
	require.Equal(t, http.StatusConflict, n.SignIn(t, "anna").Post("/push/subscribe", url.Values{"as": {"bert"}}, true).Status, "a page of another person")
	require.Equal(t, http.StatusOK, anna.Post("/push/unsubscribe", nil, true).Status)
	require.Zero(t, stored())
	anna.Post("/push/subscribe", subscription("https://push.example.org/x"), true)
	anna.Post("/logout", nil, false)
	require.Zero(t, stored(), "it ends with the session")
}

func TestSubscriptionsAreLimited(t *testing.T) {
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.RateLimits = "on" })
	anna := n.SignUp(t, "anna")
	var refused *answer
	for i := 0; i < 100 && refused == nil; i++ {
		if a := anna.Post("/push/unsubscribe", nil, true); a.Status != http.StatusOK {
			refused = a
		}
	}
	require.NotNil(t, refused)
	require.Equal(t, http.StatusTooManyRequests, refused.Status)
	require.NotEmpty(t, refused.Header.Get("Retry-After"))
}

func TestPushCanBeSwitchedOff(t *testing.T) {
	n := harness.SQLite(t).Start(t, func(c *config.Config) { c.Push = "off" })
	anna := n.SignUp(t, "anna")
	require.Equal(t, http.StatusForbidden, anna.Post("/push/subscribe", subscription("https://push.example.org/x"), true).Status)
	page := anna.Get("/settings", false).Doc()
	require.Zero(t, page.Find("#device").Length())
	require.Empty(t, page.Find("#live").AttrOr("data-push", ""))
}

// A browser asks for the service worker again each time, and lets it act for all pages.
func TestServiceWorker(t *testing.T) {
	a := harness.SQLite(t).Start(t).Stranger().Get("/sw.js", false)
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, []string{"no-cache", "text/javascript; charset=utf-8"}, []string{a.Header.Get("Cache-Control"), a.Header.Get("Content-Type")})
	require.Contains(t, a.Body, "notificationclick")
}

func TestNotificationForm(t *testing.T) {
	b := harness.SQLite(t)
	anna, database := b.Start(t).SignUp(t, "anna"), b.Open(t)
	shown := func(a *answer) []string {
		page := a.Doc()
		_, sound := page.Find(`input[name=sound]`).Attr("checked")
		_, text := page.Find(`input[name=push_text]`).Attr("checked")
		list := []string{page.Find("#quiet_from").AttrOr("value", ""), page.Find("#quiet_until").AttrOr("value", ""), page.Find("#digest option[selected]").AttrOr("value", "")}
		for _, on := range []bool{sound, text} {
			list = append(list, map[bool]string{true: "on", false: "off"}[on])
		}
		return list
	}
	require.Equal(t, []string{"", "", "0", "on", "on"}, shown(anna.Get("/settings", false)))
	form := url.Values{"section": {"notifications"}, "push_text": {"on"}, "quiet_from": {"22:00"}, "quiet_until": {"07:00"}, "digest": {"12"}}
	a := anna.Post("/settings/preferences", form, false)
	require.Equal(t, "/settings?done=notifications", a.Header.Get("Location"))
	a = anna.Get(a.Header.Get("Location"), false)
	require.Equal(t, []string{"22:00", "07:00", "12", "off", "on"}, shown(a))
	require.Contains(t, a.Doc().Find("#notifications-said").Text(), "Saved")
	require.Zero(t, a.Doc().Find("#notifying[data-sound]").Length(), "the script is told")

	a = anna.Post("/settings/preferences", url.Values{"sound": {"on"}}, true)
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, []string{"22:00", "07:00", "12", "on", "on"}, shown(anna.Get("/settings", false)), "without a section, what is not named stays")

	form.Set("quiet_until", "")
	a = anna.Post("/settings/preferences", form, true)
	require.Equal(t, http.StatusUnprocessableEntity, a.Status)
	require.Equal(t, []string{"22:00", "", "12", "off", "on"}, shown(a), "what was typed stays")
	require.Contains(t, a.Doc().Find("#quiet_until-error").Text(), "such as 07:00")
	require.Equal(t, 420, count(t, database, "SELECT quiet_until FROM users"))
}

// A mail program posts the link from no page, without a session, in either encoding (RFC 8058).
func TestUnsubscribeNeedsItsTokenOnly(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t)
	n.SignUp(t, "anna")
	bert, database := n.SignUp(t, "bert"), b.Open(t)
	user := count(t, database, "SELECT id FROM users WHERE username = 'anna'")
	path := "/email/unsubscribe/" + forge(t, "digest", user, time.Now().Add(time.Hour), "anna@example.org")
	hours := func() int { return count(t, database, "SELECT digest_hours FROM users WHERE username = 'anna'") }
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	require.NoError(t, w.WriteField("List-Unsubscribe", "One-Click"))
	require.NoError(t, w.Close())
	for name, c := range map[string]struct {
		from         *person
		header, body string
	}{
		"a mail program":           {n.Stranger(), "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		"in parts":                 {n.Stranger(), w.FormDataContentType(), parts.String()},
		"beside another session":   {bert, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		"from a page of a webmail": {n.Stranger(), "application/x-www-form-urlencoded", ""},
	} {
		exec(t, database, "UPDATE users SET digest_hours = 4 WHERE username = 'anna'")
		a := n.Stranger().Get(path, false)
		require.Equal(t, http.StatusOK, a.Status)
		require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
		require.Equal(t, "Unsubscribe", strings.TrimSpace(a.Doc().Find("form button").Text()))
		require.Equal(t, 4, hours(), "opening the link changes nothing")

		header := http.Header{"Content-Type": {c.header}}
		if strings.Contains(name, "webmail") {
			header.Set("Origin", "https://mail.example.org")
		}
		a, err := c.from.Do(http.MethodPost, path, header, strings.NewReader(c.body))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, a.Status, "%s: %s", name, a.Body)
		require.Zero(t, hours(), name)
	}
	exec(t, database, "UPDATE users SET digest_hours = 4 WHERE username = 'anna'")
	for name, token := range map[string]string{
		"of another purpose": forge(t, "verify", user, time.Now().Add(time.Hour), "anna@example.org"),
		"too old":            forge(t, "digest", user, time.Now().Add(-time.Hour), "anna@example.org"),
		"of another address": forge(t, "digest", user, time.Now().Add(time.Hour), "other@example.org"),
		"of another person":  forge(t, "digest", user+1, time.Now().Add(time.Hour), "anna@example.org"),
	} {
		a := n.Stranger().Post("/email/unsubscribe/"+token, nil, false)
		require.Equal(t, http.StatusNotFound, a.Status, name)
	}
	require.Equal(t, 4, hours())
	require.NotContains(t, n.Log(), path)
}
