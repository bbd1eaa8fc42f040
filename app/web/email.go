package web

import (
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

func (w *Web) emailLink(c *fiber.Ctx) error {
	if err := w.allowLink(c); err != nil {
		return err
	}
	user, err := w.Store.EmailChangeOf(c.UserContext(), param(c, "token"))
	if err != nil {
		return w.deadEmail(c, err)
	}
	return w.sealed(c, views.Confirm(views.ConfirmPage{Address: user.NewEmail, Username: user.Username, New: true}))
}

// confirmEmail changes an address, once.
func (w *Web) confirmEmail(c *fiber.Ctx) error {
	if err := w.allowLink(c); err != nil {
		return err
	}
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	user, err := w.Store.ConfirmEmail(c.UserContext(), param(c, "token"))
	switch {
	case err != nil:
		return w.deadEmail(c, err)
	case session == nil:
		return w.redirect(c, "/login?done=email")
	case session.UserID != user.ID:
		return w.redirect(c, "/verify?confirmed")
	case !w.Store.Admits(session.User): // as they were until now
		return w.admit(c, session, user)
	}
	return w.redirect(c, "/settings")
}

func (w *Web) deadEmail(c *fiber.Ctx, err error) error {
	return w.deadLink(c, err, views.Way{Label: "Open the settings", Path: "/settings"}, views.Way{Label: "Back to DChat", Path: "/"})
}
