package web

import (
	"cmp"
	"net/url"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// CookieName returns the name of the session cookie. With the prefix, browsers refuse a planted cookie on HTTPS.
func CookieName(secure bool) string {
	if secure {
		return "__Host-dchat"
	}
	return "dchat"
}

// session returns the session of the request's cookie, and stores it for the rest of the request. Without a session
// it returns a NotFound error.
func (w *Web) session(c *fiber.Ctx) (*account.Session, error) {
	if session := request.CurrentSession(c); session != nil {
		return session, nil
	}
	token := c.Cookies(CookieName(w.secure()))
	if token == "" || len(token) > 100 {
		return nil, &errs.Error{Code: errs.NotFound, Sentence: "You are signed out."}
	}
	session, err := w.Accounts.SessionByToken(c.UserContext(), token)
	if err == nil {
		request.SetSession(c, session)
		c.Set(request.AsHeader, session.User.Username)
	}
	return session, err
}

// optionalSession returns the session, or nil if the browser is signed out.
func (w *Web) optionalSession(c *fiber.Ctx) (*account.Session, error) {
	session, err := w.session(c)
	if errs.CodeOf(err) == errs.NotFound {
		return nil, nil
	}
	return session, err
}

// refreshSession reads the user again, after the request has changed it.
func (w *Web) refreshSession(c *fiber.Ctx) error {
	session := *request.CurrentSession(c)
	user, err := w.Accounts.UserByID(c.UserContext(), session.UserID)
	session.User = user
	request.SetSession(c, &session)
	return err
}

// currentUser returns the user of the session, in the time zone of this browser.
func currentUser(c *fiber.Ctx) *account.User {
	user := *request.CurrentSession(c).User
	if zone := zoneOf(c); zone != "" {
		user.Zone = zone
	}
	return &user
}

// viewer returns the current user for views.
func (w *Web) viewer(c *fiber.Ctx) views.Viewer {
	return views.Viewer{User: currentUser(c), FileURL: w.FileURL}
}

// zoneOf returns the browser's time zone, which the script writes into a cookie, or "" if it is unknown.
func zoneOf(c *fiber.Ctx) string {
	zone, err := url.QueryUnescape(c.Cookies("tz"))
	if err != nil || len(zone) > 64 || !account.ValidZone(zone) {
		return ""
	}
	return zone
}

func (w *Web) setCookie(c *fiber.Ctx, token string, lifetime time.Duration) {
	c.Cookie(&fiber.Cookie{
		Name: CookieName(w.secure()), Value: token, Path: "/", MaxAge: int(lifetime / time.Second),
		Secure: w.secure(), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// openSession signs the browser in with a new token, whatever cookie it had.
func (w *Web) openSession(c *fiber.Ctx, user *account.User, target string) error {
	token, err := w.Accounts.OpenSession(c.UserContext(), user, c.Get("User-Agent"))
	if err != nil {
		return err
	}
	return w.completeSignIn(c, user, token, target)
}

// completeSignIn sets the cookies of a sign-in and redirects to target, by default to the start page.
func (w *Web) completeSignIn(c *fiber.Ctx, user *account.User, token, target string) error {
	if err := w.Accounts.SetZone(c.UserContext(), user, zoneOf(c)); err != nil {
		return err
	}
	w.setCookie(c, token, account.SessionLife)
	w.known.Remember(c, user.ID)
	return c.Redirect(cmp.Or(target, "/"), fiber.StatusSeeOther)
}
