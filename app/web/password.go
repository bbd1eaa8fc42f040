package web

import (
	"time"

	"dchat/app/limit"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

var resetsPerAddress = limit.Rule{Name: "reset-address", Burst: 3, Per: 15 * time.Minute}

func (w *Web) forgotPage(c *fiber.Ctx) error {
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	if _, done := c.Queries()["done"]; done && session != nil {
		return w.sealed(c, views.Elsewhere("Password changed", session.User))
	}
	_, sent := c.Queries()["sent"]
	return w.page(c, views.Forgot(views.ForgotForm{Sent: sent}))
}

// forgot sends a link to whoever has the address, and answers as if somebody had.
func (w *Web) forgot(c *fiber.Ctx) error {
	form := views.ForgotForm{Email: field(c, "email")}
	err := w.allowLetter(c, resetsPerAddress, form.Email)
	if err == nil {
		err = w.Store.ForgotPassword(c.UserContext(), form.Email)
	}
	if err != nil {
		return w.again(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error { return w.page(c, views.Forgot(form)) })
	}
	if partial(c) {
		return w.page(c, views.Forgot(views.ForgotForm{Sent: true}))
	}
	return c.Redirect("/password/forgot?sent", fiber.StatusSeeOther)
}

func (w *Web) resetLink(c *fiber.Ctx) error {
	if err := w.allowLink(c); err != nil {
		return err
	}
	user, err := w.Store.ResetOf(c.UserContext(), param(c, "token"))
	if err != nil {
		return w.deadReset(c, err)
	}
	return w.sealed(c, views.Reset(views.ResetForm{Username: user.Username}))
}

// reset sets the password that somebody has chosen anew, and signs them out everywhere.
func (w *Web) reset(c *fiber.Ctx) error {
	if err := w.allowLink(c); err != nil {
		return err
	}
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	token := param(c, "token")
	user, err := w.Store.ResetPassword(c.UserContext(), token, field(c, "password"))
	if err != nil {
		return w.resetAgain(c, token, err)
	}
	w.Hub.CloseSessions(user.ID, 0)
	switch {
	case session == nil:
	case session.UserID == user.ID:
		w.setCookie(c, "", -time.Second)
	default:
		return w.redirect(c, "/password/forgot?done")
	}
	return w.redirect(c, "/login?done=reset")
}

// resetAgain shows the form once more: a password that will not do does not use the link up.
func (w *Web) resetAgain(c *fiber.Ctx, token string, err error) error {
	form := views.ResetForm{}
	err = w.again(c, err, func(wrong views.FieldErrors) {
		form.Errors = wrong
	}, func() error {
		user, err := w.Store.ResetOf(c.UserContext(), token)
		if err != nil {
			return err
		}
		form.Username = user.Username
		return w.sealed(c, views.Reset(form))
	})
	return w.deadReset(c, err)
}

func (w *Web) deadReset(c *fiber.Ctx, err error) error {
	return w.deadLink(c, err, views.Way{Label: "Ask for a new link", Path: "/password/forgot"}, views.Way{Label: "Sign in", Path: "/login"})
}
