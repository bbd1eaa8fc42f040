package web

import (
	"dchat/app/account"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type emailHandlers struct{ linkHandlers }

func (h emailHandlers) emailLink(c *fiber.Ctx) error {
	if err := h.allowLink(c); err != nil {
		return err
	}
	user, err := h.Accounts.EmailChangeOf(c.UserContext(), request.Param(c, "token"))
	if err != nil {
		return h.invalidEmailLink(c, err)
	}
	session, err := h.optionalSession(c)
	if err != nil {
		return err
	}
	return h.noStore(c, views.Confirm(h.changePage(c, session, user)))
}

// changePage returns the page behind the link to a new address. It asks for a new password if the account has no
// confirmed address yet and the browser is not known to it: another person may have created the account.
func (h emailHandlers) changePage(c *fiber.Ctx, session *account.Session, user *account.User) views.ConfirmPage {
	return views.ConfirmPage{
		Address: user.NewEmail, Username: user.Username, New: true,
		NewPassword: user.VerifiedAt.IsZero() && !h.knowsUser(c, session, user),
	}
}

// confirmEmail changes the address. A link works once.
func (h emailHandlers) confirmEmail(c *fiber.Ctx) error {
	if err := h.allowLink(c); err != nil {
		return err
	}
	session, err := h.optionalSession(c)
	if err != nil {
		return err
	}
	ctx, token := c.UserContext(), request.Param(c, "token")
	user, err := h.Accounts.EmailChangeOf(ctx, token)
	if err != nil {
		return h.invalidEmailLink(c, err)
	}
	user, answered, err := h.confirm(c, h.changePage(c, session, user),
		func() (*account.User, error) { return h.Accounts.ConfirmEmail(ctx, token) },
		func(password string) (*account.User, error) { return h.Accounts.ConfirmEmailAnew(ctx, token, password) })
	switch {
	case answered:
		return err
	case err != nil:
		return h.invalidEmailLink(c, err)
	case session == nil:
		return h.redirect(c, "/login?done=email")
	case session.UserID != user.ID:
		return h.redirect(c, "/verify?confirmed")
	case !h.Accounts.Admits(session.User): // the session was opened before the address was confirmed
		return h.admit(c, session, user)
	}
	return h.redirect(c, "/settings")
}

func (h emailHandlers) invalidEmailLink(c *fiber.Ctx, err error) error {
	return h.invalidLink(c, err, views.Way{Label: "Open the settings", Path: "/settings"}, views.Way{Label: "Back to DChat", Path: "/"})
}
