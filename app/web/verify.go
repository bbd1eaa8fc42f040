package web

import (
	"cmp"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type verifyHandlers struct{ linkHandlers }

var (
	resendsPerAddress = limit.Rule{Name: "verify-address", Burst: 3, Per: 15 * time.Minute}
	resendsPerPerson  = limit.Rule{Name: "verify-person", Burst: 5, Per: 30 * time.Minute}
)

// verifyPage is shown until the address is confirmed. An open page polls it and is redirected afterwards.
func (h verifyHandlers) verifyPage(c *fiber.Ctx) error {
	session, err := h.optionalSession(c)
	if err != nil {
		return err
	}
	_, elsewhere := c.Queries()["confirmed"]
	switch {
	case request.Partial(c) && !request.Restored(c):
		return h.pollVerification(c, session)
	case elsewhere && session == nil:
		return h.redirect(c, "/login?done=email")
	case elsewhere:
		return h.noStore(c, views.OtherAccount("Address confirmed", session.User))
	case session == nil:
		return h.noStore(c, views.Waiting(views.WaitingPage{State: sendState(c)}))
	case !h.Accounts.MustVerify() && sendState(c) != views.NotSent:
		return h.redirect(c, "/settings?done=verify")
	case !h.Accounts.MustVerify():
		return h.redirect(c, "/settings")
	case h.Accounts.Admits(session.User):
		return h.redirect(c, "/")
	}
	return h.showWaiting(c, views.WaitingPage{State: sendState(c)}, session.User)
}

// sendState reports whether an email has just been sent, and whether it was the first.
func sendState(c *fiber.Ctx) views.SendState {
	switch again, sent := c.Queries()["sent"]; {
	case !sent:
		return views.NotSent
	case again == "again":
		return views.SentAgain
	}
	return views.SentFirst
}

// pollVerification answers a waiting page: with a redirect once the user is admitted, else with no content.
func (h verifyHandlers) pollVerification(c *fiber.Ctx, session *account.Session) error {
	if session != nil && h.Accounts.Admits(session.User) {
		return h.redirect(c, "/")
	}
	c.Set("Cache-Control", "no-store")
	c.Vary("HX-Request")
	return c.SendStatus(fiber.StatusNoContent)
}

// showWaiting shows a signed-in user what they can do until the address is confirmed.
func (h linkHandlers) showWaiting(c *fiber.Ctx, page views.WaitingPage, user *account.User) error {
	page.User = user
	return h.noStore(c, views.Waiting(page))
}

// verifyAgain sends another email. A signed-out browser submits an address, and the answer is the same whether or not
// the address has an account.
func (h verifyHandlers) verifyAgain(c *fiber.Ctx) error {
	session, err := h.optionalSession(c)
	if err != nil {
		return err
	}
	page := views.WaitingPage{Email: request.Field(c, "email")}
	if session != nil {
		page = views.WaitingPage{User: session.User}
		err = h.resend(c, session.User)
	} else if err = h.allowEmail(c, resendsPerAddress, page.Email); err == nil {
		err = h.Accounts.ResendVerificationTo(c.UserContext(), page.Email)
	}
	if err != nil {
		return h.formError(c, err, func(wrong views.FieldErrors) {
			page.Errors = wrong
		}, func() error { return h.noStore(c, views.Waiting(page)) })
	}
	return h.redirect(c, "/verify?sent=again")
}

func (h verifyHandlers) resend(c *fiber.Ctx, user *account.User) error {
	if err := h.allow(c, resendsPerPerson, id(user.ID)); err != nil {
		return err
	}
	if err := h.allowAddress(c, resendsPerAddress, cmp.Or(user.NewEmail, user.Email)); err != nil {
		return err
	}
	err := h.Accounts.ResendVerification(c.UserContext(), user)
	if errs.CodeOf(err) == errs.Refused { // the address is confirmed already, and the page will redirect
		return nil
	}
	return err
}

// verifyLink shows the page behind the link of an email. It changes nothing: mail scanners open links too.
func (h verifyHandlers) verifyLink(c *fiber.Ctx) error {
	if err := h.allowLink(c); err != nil {
		return err
	}
	user, err := h.Accounts.VerificationOf(c.UserContext(), request.Param(c, "token"))
	if err != nil {
		return h.invalidVerification(c, err)
	}
	session, err := h.optionalSession(c)
	if err != nil {
		return err
	}
	return h.noStore(c, views.Confirm(views.ConfirmPage{Address: user.Email, Username: user.Username, NewPassword: !h.knowsUser(c, session, user)}))
}

// verify confirms an address and signs the browser in, unless another user is signed in. A link works once.
func (h verifyHandlers) verify(c *fiber.Ctx) error {
	if err := h.allowLink(c); err != nil {
		return err
	}
	session, err := h.optionalSession(c)
	if err != nil {
		return err
	}
	ctx, token := c.UserContext(), request.Param(c, "token")
	user, err := h.Accounts.VerificationOf(ctx, token)
	if err != nil {
		return h.invalidVerification(c, err)
	}
	page := views.ConfirmPage{Address: user.Email, Username: user.Username, NewPassword: !h.knowsUser(c, session, user)}
	user, answered, err := h.confirm(c, page,
		func() (*account.User, error) { return h.Accounts.Verify(ctx, token) },
		func(password string) (*account.User, error) { return h.Accounts.VerifyAnew(ctx, token, password) })
	switch {
	case answered:
		return err
	case err != nil:
		return h.invalidVerification(c, err)
	}
	switch {
	case session == nil:
		return h.openSession(c, user, "/")
	case session.UserID != user.ID:
		return h.redirect(c, "/verify?confirmed")
	case h.Accounts.Admits(session.User): // the session had all rights before
		return h.redirect(c, "/")
	}
	return h.admit(c, session, user)
}

func (h verifyHandlers) invalidVerification(c *fiber.Ctx, err error) error {
	session, lost := h.optionalSession(c)
	switch {
	case lost != nil:
		return lost
	case session != nil && h.Accounts.Admits(session.User):
		return h.invalidLink(c, err, views.Way{Label: "Continue", Path: "/"})
	case session != nil:
		return h.invalidLink(c, err, views.Way{Label: "Send another email", Path: "/verify"})
	}
	return h.invalidLink(c, err, views.Way{Label: "Sign in", Path: "/login"}, views.Way{Label: "Send another email", Path: "/verify"})
}
