package web

import (
	"dchat/app/chat"
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
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	return w.sealed(c, views.Confirm(w.changePage(c, session, user)))
}

// changePage asks for a password, too, where an account that was made elsewhere has its first confirmed
// address.
func (w *Web) changePage(c *fiber.Ctx, session *chat.Session, user *chat.User) views.ConfirmPage {
	return views.ConfirmPage{
		Address: user.NewEmail, Username: user.Username, New: true,
		Anew: user.VerifiedAt.IsZero() && !w.madeHere(c, session, user),
	}
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
	ctx, token := c.UserContext(), param(c, "token")
	user, err := w.Store.EmailChangeOf(ctx, token)
	if err != nil {
		return w.deadEmail(c, err)
	}
	user, answered, err := w.confirmed(c, w.changePage(c, session, user),
		func() (*chat.User, error) { return w.Store.ConfirmEmail(ctx, token) },
		func(password string) (*chat.User, error) { return w.Store.ConfirmEmailAnew(ctx, token, password) })
	switch {
	case answered:
		return err
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
