package web

import (
	"cmp"
	"errors"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// Letters are counted by the address that was typed, whoever has it or nobody, and by the place they are
// asked for from; links by the place they are tried from.
var (
	lettersPerPlace   = limit.Rule{Name: "letter-place", Burst: 30, Per: 15 * time.Minute}
	resendsPerAddress = limit.Rule{Name: "verify-address", Burst: 3, Per: 15 * time.Minute}
	resendsPerPerson  = limit.Rule{Name: "verify-person", Burst: 5, Per: 30 * time.Minute}
	linksPerPlace     = limit.Rule{Name: "link", Burst: 100, Per: 15 * time.Minute}
)

// verifyPage is where one waits for one's letter. A page that has been open for long asks it, too,
// whether it need be open any longer.
func (w *Web) verifyPage(c *fiber.Ctx) error {
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	_, elsewhere := c.Queries()["confirmed"]
	switch {
	case partial(c) && !restored(c):
		return w.waited(c, session)
	case elsewhere && session == nil:
		return w.redirect(c, "/login?done=email")
	case elsewhere:
		return w.sealed(c, views.Elsewhere("Address confirmed", session.User))
	case session == nil:
		return w.sealed(c, views.Waiting(views.WaitingPage{Posted: posted(c)}))
	case !w.Store.MustVerify() && posted(c) != views.NotPosted:
		return w.redirect(c, "/settings?done=verify")
	case !w.Store.MustVerify():
		return w.redirect(c, "/settings")
	case w.Store.Admits(session.User):
		return w.redirect(c, "/")
	}
	return w.waiting(c, views.WaitingPage{Posted: posted(c)}, session.User)
}

// posted says whether a letter has just been sent, and whether it was the first.
func posted(c *fiber.Ctx) views.Posted {
	switch again, sent := c.Queries()["sent"]; {
	case !sent:
		return views.NotPosted
	case again == "again":
		return views.PostedAgain
	}
	return views.PostedFirst
}

// waited answers a page that waits: with nothing, or with the way on.
func (w *Web) waited(c *fiber.Ctx, session *chat.Session) error {
	if session != nil && w.Store.Admits(session.User) {
		return w.redirect(c, "/")
	}
	c.Set("Cache-Control", "no-store")
	c.Vary("HX-Request")
	return c.SendStatus(fiber.StatusNoContent)
}

// waiting shows somebody who is signed in what they can do until they have confirmed their address.
func (w *Web) waiting(c *fiber.Ctx, page views.WaitingPage, user *chat.User) error {
	page.User = user
	return w.sealed(c, views.Waiting(page))
}

// verifyAgain sends another letter. Who is signed out names an address, and does not learn whether
// anybody has it.
func (w *Web) verifyAgain(c *fiber.Ctx) error {
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	page := views.WaitingPage{Email: field(c, "email")}
	if session != nil {
		page = views.WaitingPage{User: session.User}
		err = w.resend(c, session.User)
	} else if err = w.allowLetter(c, resendsPerAddress, page.Email); err == nil {
		err = w.Store.ResendVerificationTo(c.UserContext(), page.Email)
	}
	if err != nil {
		return w.again(c, err, func(wrong views.FieldErrors) {
			page.Errors = wrong
		}, func() error { return w.sealed(c, views.Waiting(page)) })
	}
	return w.redirect(c, "/verify?sent=again")
}

func (w *Web) resend(c *fiber.Ctx, user *chat.User) error {
	if err := w.allow(c, resendsPerPerson, id(user.ID)); err != nil {
		return err
	}
	if err := w.allowAddress(c, resendsPerAddress, cmp.Or(user.NewEmail, user.Email)); err != nil {
		return err
	}
	err := w.Store.ResendVerification(c.UserContext(), user)
	if chat.CodeOf(err) == chat.Refused { // there is nothing left to confirm, and the page will go on
		return nil
	}
	return err
}

// allowLetter refuses who asks for too many letters, or too many for one address.
func (w *Web) allowLetter(c *fiber.Ctx, rule limit.Rule, email string) error {
	if err := w.allowAddress(c, rule, email); err != nil {
		return err
	}
	return w.allow(c, lettersPerPlace, place(c))
}

// allowAddress counts by an address. What is none will be refused as such.
func (w *Web) allowAddress(c *fiber.Ctx, rule limit.Rule, email string) error {
	if nameKey(email) == "" {
		return nil
	}
	return w.allow(c, rule, nameKey(email))
}

// allowLink refuses who tries too many links.
func (w *Web) allowLink(c *fiber.Ctx) error { return w.allow(c, linksPerPlace, place(c)) }

// verifyLink is what a letter's link opens. It changes nothing: programs that check mail open links too.
func (w *Web) verifyLink(c *fiber.Ctx) error {
	if err := w.allowLink(c); err != nil {
		return err
	}
	user, err := w.Store.VerificationOf(c.UserContext(), param(c, "token"))
	if err != nil {
		return w.deadVerification(c, err)
	}
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	return w.sealed(c, views.Confirm(views.ConfirmPage{Address: user.Email, Username: user.Username, Anew: !w.madeHere(c, session, user)}))
}

// confirmed uses a link up. Who has not made the account in this browser chooses its password.
func (w *Web) confirmed(c *fiber.Ctx, page views.ConfirmPage, once func() (*chat.User, error), anew func(password string) (*chat.User, error)) (user *chat.User, answered bool, err error) {
	if !page.Anew {
		user, err = once()
		return user, false, err
	}
	if user, err = anew(field(c, "password")); err == nil {
		w.Hub.CloseSessions(user.ID, 0)
		return user, false, nil
	}
	if chat.CodeOf(err) != chat.Invalid {
		return nil, false, err
	}
	return nil, true, w.again(c, err, func(wrong views.FieldErrors) {
		page.Errors = wrong
	}, func() error { return w.sealed(c, views.Confirm(page)) })
}

// verify confirms an address, once, and signs in who did it, unless the browser is somebody else's.
func (w *Web) verify(c *fiber.Ctx) error {
	if err := w.allowLink(c); err != nil {
		return err
	}
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	ctx, token := c.UserContext(), param(c, "token")
	user, err := w.Store.VerificationOf(ctx, token)
	if err != nil {
		return w.deadVerification(c, err)
	}
	page := views.ConfirmPage{Address: user.Email, Username: user.Username, Anew: !w.madeHere(c, session, user)}
	user, answered, err := w.confirmed(c, page,
		func() (*chat.User, error) { return w.Store.Verify(ctx, token) },
		func(password string) (*chat.User, error) { return w.Store.VerifyAnew(ctx, token, password) })
	switch {
	case answered:
		return err
	case err != nil:
		return w.deadVerification(c, err)
	}
	switch {
	case session == nil:
		return w.enter(c, user, "/")
	case session.UserID != user.ID:
		return w.redirect(c, "/verify?confirmed")
	case w.Store.Admits(session.User): // it made no difference
		return w.redirect(c, "/")
	}
	return w.admit(c, session, user)
}

// admit lets somebody in whose address is confirmed by now, under a new token: the old one was worth less.
func (w *Web) admit(c *fiber.Ctx, session *chat.Session, user *chat.User) error {
	if err := w.Store.CloseSession(c.UserContext(), session); err != nil && chat.CodeOf(err) != chat.NotFound {
		return err
	}
	return w.enter(c, user, "/")
}

func (w *Web) deadVerification(c *fiber.Ctx, err error) error {
	session, lost := w.visitor(c)
	switch {
	case lost != nil:
		return lost
	case session != nil && w.Store.Admits(session.User):
		return w.deadLink(c, err, views.Way{Label: "Continue", Path: "/"})
	case session != nil:
		return w.deadLink(c, err, views.Way{Label: "Send another letter", Path: "/verify"})
	}
	return w.deadLink(c, err, views.Way{Label: "Sign in", Path: "/login"}, views.Way{Label: "Send another letter", Path: "/verify"})
}

// deadLink says that a link does not work, and where one can go instead.
func (w *Web) deadLink(c *fiber.Ctx, err error, ways ...views.Way) error {
	var e *chat.Error
	if !errors.As(err, &e) || e.Code != chat.NotFound && e.Code != chat.Refused || partial(c) {
		return err
	}
	answerTo(e).begin(c)
	return w.sealed(c, views.DeadLink(e.Sentence, ways...))
}
