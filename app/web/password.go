package web

import (
	"time"

	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type passwordHandlers struct{ linkHandlers }

var resetsPerAddress = limit.Rule{Name: "reset-address", Burst: 3, Per: 15 * time.Minute}

func (h passwordHandlers) forgotPage(c *fiber.Ctx) error {
	session, err := h.optionalSession(c)
	if err != nil {
		return err
	}
	if _, done := c.Queries()["done"]; done && session != nil {
		return h.noStore(c, views.OtherAccount("Password changed", session.User))
	}
	_, sent := c.Queries()["sent"]
	return h.page(c, views.Forgot(views.ForgotForm{Sent: sent}))
}

// forgot sends a link for a new password. The answer is the same whether or not the address has an account.
func (h passwordHandlers) forgot(c *fiber.Ctx) error {
	form := views.ForgotForm{Email: request.Field(c, "email")}
	err := h.allowEmail(c, resetsPerAddress, form.Email)
	if err == nil {
		err = h.Accounts.ForgotPassword(c.UserContext(), form.Email)
	}
	if err != nil {
		return h.formError(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error { return h.page(c, views.Forgot(form)) })
	}
	if request.Partial(c) {
		return h.page(c, views.Forgot(views.ForgotForm{Sent: true}))
	}
	return c.Redirect("/password/forgot?sent", fiber.StatusSeeOther)
}

func (h passwordHandlers) resetLink(c *fiber.Ctx) error {
	if err := h.allowLink(c); err != nil {
		return err
	}
	user, err := h.Accounts.ResetOf(c.UserContext(), request.Param(c, "token"))
	if err != nil {
		return h.invalidReset(c, err)
	}
	return h.noStore(c, views.Reset(views.ResetForm{Username: user.Username}))
}

// reset sets the new password and ends all sessions of the account.
func (h passwordHandlers) reset(c *fiber.Ctx) error {
	if err := h.allowLink(c); err != nil {
		return err
	}
	session, err := h.optionalSession(c)
	if err != nil {
		return err
	}
	token := request.Param(c, "token")
	user, err := h.Accounts.ResetPassword(c.UserContext(), token, request.Field(c, "password"))
	if err != nil {
		return h.showReset(c, token, err)
	}
	h.Hub.CloseSessions(user.ID, 0)
	switch {
	case session == nil:
	case session.UserID == user.ID:
		h.setCookie(c, "", -time.Second)
	default:
		return h.redirect(c, "/password/forgot?done")
	}
	return h.redirect(c, "/login?done=reset")
}

// showReset shows the form again after an invalid password, which does not use the link up.
func (h passwordHandlers) showReset(c *fiber.Ctx, token string, err error) error {
	form := views.ResetForm{}
	err = h.formError(c, err, func(wrong views.FieldErrors) {
		form.Errors = wrong
	}, func() error {
		user, err := h.Accounts.ResetOf(c.UserContext(), token)
		if err != nil {
			return err
		}
		form.Username = user.Username
		return h.noStore(c, views.Reset(form))
	})
	return h.invalidReset(c, err)
}

func (h passwordHandlers) invalidReset(c *fiber.Ctx, err error) error {
	return h.invalidLink(c, err, views.Way{Label: "Ask for a new link", Path: "/password/forgot"}, views.Way{Label: "Sign in", Path: "/login"})
}
