package web

import (
	"net/url"
	"strings"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

const sessionLocal = "session"

// CookieName is the session cookie's. The prefix makes browsers refuse a planted one on HTTPS.
func CookieName(secure bool) string {
	if secure {
		return "__Host-dchat"
	}
	return "dchat"
}

// session returns the session of the request's cookie.
func (w *Web) session(c *fiber.Ctx) (*chat.Session, error) {
	token := c.Cookies(CookieName(w.secure()))
	if token == "" || len(token) > 100 {
		return nil, &chat.Error{Code: chat.NotFound, Sentence: "You are signed out."}
	}
	return w.Store.SessionByToken(c.UserContext(), token)
}

// mine is the session of a route that needs one.
func mine(c *fiber.Ctx) *chat.Session { return c.Locals(sessionLocal).(*chat.Session) }

// me is who asks, reading in the time zone of the browser at hand.
func me(c *fiber.Ctx) *chat.User {
	user := *mine(c).User
	if zone := zoneOf(c); zone != "" {
		user.Zone = zone
	}
	return &user
}

// zoneOf is the browser's time zone as the script wrote it into a cookie, "" if unknown.
func zoneOf(c *fiber.Ctx) string {
	zone, err := url.QueryUnescape(c.Cookies("tz"))
	if err != nil || len(zone) > 64 || !chat.ValidZone(zone) {
		return ""
	}
	return zone
}

func (w *Web) setCookie(c *fiber.Ctx, token string, life time.Duration) {
	c.Cookie(&fiber.Cookie{
		Name: CookieName(w.secure()), Value: token, Path: "/", MaxAge: int(life / time.Second),
		Secure: w.secure(), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

func (w *Web) loginPage(c *fiber.Ctx) error {
	return w.page(c, views.Login(views.LoginForm{Next: next(c.Query("next"))}))
}

// Wrong passwords: these many at once, then so many in a while, for one name and from one address.
var (
	loginsPerName    = limit.Rule{Name: "login-name", Burst: 10, Per: 15 * time.Minute}
	loginsPerAddress = limit.Rule{Name: "login-address", Burst: 100, Per: 15 * time.Minute}
	signupsPerPlace  = limit.Rule{Name: "signup", Burst: 100, Per: time.Hour}
)

func (w *Web) login(c *fiber.Ctx) error {
	form := views.LoginForm{Login: c.FormValue("login"), Next: next(c.FormValue("next"))}
	err := w.allow(c, loginsPerAddress, c.IP())
	if err == nil {
		err = w.allow(c, loginsPerName, strings.ToLower(strings.TrimSpace(form.Login)))
	}
	var user *chat.User
	if err == nil {
		user, err = w.Store.SignIn(c.UserContext(), form.Login, c.FormValue("password"))
	}
	if err != nil {
		return w.again(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error { return w.page(c, views.Login(form)) })
	}
	return w.enter(c, user, form.Next)
}

// enter signs the browser in under a new token, whatever cookie it came with.
func (w *Web) enter(c *fiber.Ctx, user *chat.User, target string) error {
	token, err := w.Store.OpenSession(c.UserContext(), user, c.Get("User-Agent"))
	if err != nil {
		return err
	}
	if err := w.Store.SetZone(c.UserContext(), user, zoneOf(c)); err != nil {
		return err
	}
	w.setCookie(c, token, chat.SessionLife)
	if target == "" {
		target = "/"
	}
	return c.Redirect(target, fiber.StatusSeeOther)
}

func (w *Web) logout(c *fiber.Ctx) error {
	session := mine(c)
	if err := w.Store.CloseSession(c.UserContext(), session); err != nil {
		return err
	}
	w.Hub.CloseSession(session.ID, session.UserID)
	w.setCookie(c, "", -time.Second)
	c.Set("Clear-Site-Data", `"cache", "storage"`)
	return w.redirect(c, "/")
}

// next is a path of ours to go to after sign-in, "" if it is anything else.
func next(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return ""
	}
	return path
}
