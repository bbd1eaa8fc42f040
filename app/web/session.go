package web

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"dchat/app/address"
	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/views"

	"github.com/a-h/templ"
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

// session returns the session of the request's cookie, and keeps it.
func (w *Web) session(c *fiber.Ctx) (*chat.Session, error) {
	if session, ok := c.Locals(sessionLocal).(*chat.Session); ok {
		return session, nil
	}
	token := c.Cookies(CookieName(w.secure()))
	if token == "" || len(token) > 100 {
		return nil, &chat.Error{Code: chat.NotFound, Sentence: "You are signed out."}
	}
	session, err := w.Store.SessionByToken(c.UserContext(), token)
	if err == nil {
		c.Locals(sessionLocal, session)
		c.Set(asHeader, session.User.Username)
	}
	return session, err
}

// visitor is the session of a route for anyone, nil if the browser is signed out.
func (w *Web) visitor(c *fiber.Ctx) (*chat.Session, error) {
	session, err := w.session(c)
	if chat.CodeOf(err) == chat.NotFound {
		return nil, nil
	}
	return session, err
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

// viewer is who asks, as pages are rendered for them.
func (w *Web) viewer(c *fiber.Ctx) views.Viewer { return views.Viewer{User: me(c), FileURL: w.FileURL} }

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
	return w.sealed(c, views.Login(views.LoginForm{Next: next(query(c, "next")), Done: query(c, "done")}))
}

// Sign-ins are counted for one account from one place, for one account, and from one place: guessing is
// slow. A name of no account counts as one.
var (
	loginsPerTry     = limit.Rule{Name: "login-try", Burst: 10, Per: 15 * time.Minute}
	loginsPerName    = limit.Rule{Name: "login-name", Burst: 50, Per: 15 * time.Minute}
	loginsPerAddress = limit.Rule{Name: "login-address", Burst: 100, Per: 15 * time.Minute}
)

func (w *Web) login(c *fiber.Ctx) error {
	form := views.LoginForm{Login: field(c, "login"), Next: next(field(c, "next"))}
	err := w.allowLogin(c, form.Login)
	var user *chat.User
	var token string
	if err == nil {
		user, token, err = w.Store.Enter(c.UserContext(), form.Login, field(c, "password"), c.Get("User-Agent"))
	}
	if err != nil {
		return w.again(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error { return w.sealed(c, views.Login(form)) })
	}
	if !w.Store.Admits(user) {
		return w.entered(c, user, token, "/verify")
	}
	return w.entered(c, user, token, form.Next)
}

// nameKey is a name or an address as limits count it.
func nameKey(typed string) string {
	name := address.Key(typed)
	if len(name) > 254 { // nobody's: an address is no longer
		return ""
	}
	return name
}

// place is where a request comes from. Of an IPv6 address it is the network: each of its hosts has
// more addresses than there are.
func place(c *fiber.Ctx) string {
	address, err := netip.ParseAddr(c.IP())
	if err != nil || address.Unmap().Is4() {
		return c.IP()
	}
	network, _ := address.WithZone("").Prefix(64) // 64 bits fit
	return network.String()
}

// enter signs the browser in under a new token, whatever cookie it came with.
func (w *Web) enter(c *fiber.Ctx, user *chat.User, target string) error {
	token, err := w.Store.OpenSession(c.UserContext(), user, c.Get("User-Agent"))
	if err != nil {
		return err
	}
	return w.entered(c, user, token, target)
}

// entered answers a browser that is signed in.
func (w *Web) entered(c *fiber.Ctx, user *chat.User, token, target string) error {
	if err := w.Store.SetZone(c.UserContext(), user, zoneOf(c)); err != nil {
		return err
	}
	w.setCookie(c, token, chat.SessionLife)
	w.remember(c, user.ID)
	return c.Redirect(cmp.Or(target, "/"), fiber.StatusSeeOther)
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

// sealed is a page that no cache may keep: it is behind a link that works, or asks for a password.
func (w *Web) sealed(c *fiber.Ctx, component templ.Component) error {
	err := w.page(c, component)
	c.Set("Cache-Control", "no-store")
	return err
}

// next is a path of ours to go to after sign-in, "" if it is anything else.
func next(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return ""
	}
	return path
}
