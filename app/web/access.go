package web

import (
	"net/url"
	"strings"

	"dchat/app/address"
	"dchat/app/errs"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

// sameOrigin refuses cross-site requests that could change something. A GET changes nothing, except for the
// socket.
func (m middleware) sameOrigin(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		if c.Path() != "/ws" {
			return c.Next()
		}
	}
	if authorisedByToken(c) || showsOnly(c) || m.isOwnOrigin(c.Get("Origin"), request.Host(c)) {
		return c.Next()
	}
	return &errs.Error{Code: errs.Refused, Sentence: "This request came from another site, so nothing was done."}
}

// isOwnOrigin reports whether an Origin header names this server.
func (m middleware) isOwnOrigin(origin, host string) bool {
	if strings.HasSuffix(origin, "/") {
		return false
	}
	given, err := address.Origin(origin)
	if err != nil {
		return false
	}
	own := m.BaseURL
	if own == "" {
		scheme, _, _ := strings.Cut(given, ":")
		own = scheme + "://" + host
	}
	own, err = address.Origin(own)
	return err == nil && given == own
}

// sameUser refuses a change from a page that was rendered for another user. Routes for large bodies check their
// fields while they read them: see upload.Form.
func (m middleware) sameUser(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	names := []string{c.Get(request.AsHeader), request.Query(c, request.AsField)}
	if !large[c.Method()+" "+routeOf(c)] {
		names = append(names, request.Field(c, request.AsField))
	}
	for _, username := range names {
		if username == "" {
			continue
		}
		session, err := m.optionalSession(c)
		if err != nil {
			return err
		}
		if !request.RenderedFor(session, username) {
			return request.ErrOtherUser
		}
	}
	return c.Next()
}

// signedIn requires a session.
func (m middleware) signedIn(c *fiber.Ctx) error {
	_, err := m.session(c)
	if errs.CodeOf(err) == errs.NotFound {
		return toLogin(c)
	}
	if err != nil {
		return err
	}
	return c.Next()
}

func toLogin(c *fiber.Ctx) error {
	target := "/login"
	if c.Method() == fiber.MethodGet && !request.Scripted(c) {
		target += "?next=" + url.QueryEscape(c.OriginalURL())
	}
	if request.Scripted(c) {
		c.Set("HX-Redirect", target)
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	return c.Redirect(target, fiber.StatusSeeOther)
}

// admitted requires a confirmed email address if the configuration does.
func (m middleware) admitted(c *fiber.Ctx) error {
	if m.Accounts.Admits(request.CurrentSession(c).User) {
		return c.Next()
	}
	if request.Scripted(c) {
		c.Set("HX-Redirect", "/verify")
		return c.SendStatus(fiber.StatusForbidden)
	}
	return c.Redirect("/verify", fiber.StatusSeeOther)
}

// guestOnly redirects a signed-in browser to the start page. It asks the database: the cache may lag behind the
// socket that has just reported the end of the session, and the browser would be redirected back and forth.
func (m middleware) guestOnly(c *fiber.Ctx) error {
	session, err := m.optionalSession(c)
	if err != nil {
		return err
	}
	if session == nil {
		return c.Next()
	}
	alive, err := m.Accounts.SessionsAlive(c.UserContext(), []int64{session.ID})
	if err != nil {
		return err
	}
	if !alive[session.ID] {
		request.SetSession(c, nil)
		c.Response().Header.Del(request.AsHeader)
		return c.Next()
	}
	return c.Redirect("/", fiber.StatusSeeOther)
}
