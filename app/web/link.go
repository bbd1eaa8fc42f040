package web

import (
	"errors"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// Emails are counted by the typed address, whether or not it has an account, and by the place of the request. Links
// are counted by the place of the request.
var (
	emailsPerPlace = limit.Rule{Name: "email-place", Burst: 30, Per: 15 * time.Minute}
	linksPerPlace  = limit.Rule{Name: "link", Burst: 100, Per: 15 * time.Minute}
)

// linkHandlers holds what the handlers of links in emails share.
type linkHandlers struct{ *Web }

// allowEmail limits the emails that are sent to one address and from one place.
func (h linkHandlers) allowEmail(c *fiber.Ctx, rule limit.Rule, email string) error {
	if err := h.allowAddress(c, rule, email); err != nil {
		return err
	}
	return h.allow(c, emailsPerPlace, request.Place(c))
}

// allowAddress limits requests by an address. An invalid address is not counted: it is refused later.
func (w *Web) allowAddress(c *fiber.Ctx, rule limit.Rule, email string) error {
	if nameKey(email) == "" {
		return nil
	}
	return w.allow(c, rule, nameKey(email))
}

// allowLink limits guesses of links.
func (h linkHandlers) allowLink(c *fiber.Ctx) error {
	return h.allow(c, linksPerPlace, request.Place(c))
}

// knowsUser reports whether the browser has created the account or was signed in to it.
func (h linkHandlers) knowsUser(c *fiber.Ctx, session *account.Session, user *account.User) bool {
	return session != nil && session.UserID == user.ID || h.known.Browser(c).Knows(user.ID)
}

// confirm uses a link once. A browser that is not known to the account has to choose a new password. If answered is
// set, the response is written already.
func (h linkHandlers) confirm(c *fiber.Ctx, page views.ConfirmPage, once func() (*account.User, error), withPassword func(password string) (*account.User, error)) (user *account.User, answered bool, err error) {
	if !page.NewPassword {
		user, err = once()
		return user, false, err
	}
	if user, err = withPassword(request.Field(c, "password")); err == nil {
		h.Hub.CloseSessions(user.ID, 0)
		return user, false, nil
	}
	if errs.CodeOf(err) != errs.Invalid {
		return nil, false, err
	}
	return nil, true, h.formError(c, err, func(wrong views.FieldErrors) {
		page.Errors = wrong
	}, func() error { return h.noStore(c, views.Confirm(page)) })
}

// admit replaces the session of a user whose address is now confirmed, because the old token had fewer rights.
func (h linkHandlers) admit(c *fiber.Ctx, session *account.Session, user *account.User) error {
	if err := h.Accounts.CloseSession(c.UserContext(), session); err != nil && errs.CodeOf(err) != errs.NotFound {
		return err
	}
	return h.openSession(c, user, "/")
}

// invalidLink shows that a link does not work, and where to continue.
func (h linkHandlers) invalidLink(c *fiber.Ctx, err error, ways ...views.Way) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != errs.NotFound && e.Code != errs.Refused || request.Partial(c) {
		return err
	}
	answerTo(e).writeHead(c)
	return h.noStore(c, views.InvalidLink(e.Sentence, ways...))
}
