package web

import (
	"context"
	"errors"
	"strings"

	"dchat/app/chat"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// A browser has one session, but its tabs may show pages of somebody who was signed in before. So every
// page says for whom it was rendered, in what it sends: by the header, by the field, or both; and every
// answer says for whom it is.
const (
	asHeader = "DChat-As"
	asField  = views.AsField
)

// errOtherPerson answers a page of another person. It never shows what was typed there.
var errOtherPerson = fiber.NewError(fiber.StatusConflict, "another person is signed in")

// samePerson refuses to change anything for a page that was rendered for another person. Large routes read
// their fields by themselves: see readForm.
func (w *Web) samePerson(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	said := []string{c.Get(asHeader), query(c, asField)}
	if !large[c.Method()+" "+routeOf(c)] {
		said = append(said, field(c, asField))
	}
	for _, username := range said {
		if username == "" {
			continue
		}
		session, err := w.visitor(c)
		if err != nil {
			return err
		}
		if !renderedFor(session, username) {
			return errOtherPerson
		}
	}
	return c.Next()
}

// renderedFor reports whether a page that says this name may act in the session; without a session there is
// nobody to take it for.
func renderedFor(session *chat.Session, username string) bool {
	return session == nil || username == "" || strings.EqualFold(username, session.User.Username)
}

// sameInForm is samePerson for the fields of a large form that have come so far.
func sameInForm(c *fiber.Ctx) error {
	session, _ := c.Locals(sessionLocal).(*chat.Session)
	if !renderedFor(session, string(c.Request().PostArgs().Peek(asField))) {
		return errOtherPerson
	}
	return nil
}

// typed is what an error page shows of a message that was not sent. In a session of another person it is
// not theirs to see.
func typed(c *fiber.Ctx, err error) string {
	if errors.Is(err, errOtherPerson) {
		return ""
	}
	return field(c, "body")
}

// renderContext says for whom a page is rendered.
func renderContext(c *fiber.Ctx) context.Context {
	if session, ok := c.Locals(sessionLocal).(*chat.Session); ok {
		return views.For(c.UserContext(), session.User.Username)
	}
	return c.UserContext()
}
