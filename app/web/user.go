package web

import (
	"errors"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

var (
	signupsPerPlace   = limit.Rule{Name: "signup", Burst: 100, Per: time.Hour}
	signupsPerAddress = limit.Rule{Name: "signup-address", Burst: 5, Per: time.Hour} // each sends a letter
)

func (w *Web) signupPage(c *fiber.Ctx) error { return w.sealed(c, views.Signup(views.SignupForm{})) }

// signup makes an account. Where addresses have to be confirmed the answer says nothing about them: not
// even a session, which is what the letter's link is for.
func (w *Web) signup(c *fiber.Ctx) error {
	form := views.SignupForm{Email: field(c, "email"), Username: field(c, "username")}
	err := w.allowSignup(c, form.Email)
	var user *chat.User
	if err == nil {
		user, err = w.Store.SignUp(c.UserContext(), chat.Signup{
			Email: form.Email, Username: form.Username, Password: field(c, "password"), Zone: zoneOf(c),
		})
	}
	if err != nil {
		return w.again(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error { return w.sealed(c, views.Signup(form)) })
	}
	if w.Store.MustVerify() {
		w.remember(c, user.ID)
		return c.Redirect("/verify?sent", fiber.StatusSeeOther)
	}
	return w.enter(c, user, "/")
}

func (w *Web) allowSignup(c *fiber.Ctx, email string) error {
	if err := w.allow(c, signupsPerPlace, place(c)); err != nil {
		return err
	}
	return w.allowAddress(c, signupsPerAddress, email)
}

func (w *Web) person(c *fiber.Ctx) error {
	other, err := w.other(c)
	if errors.Is(err, errSelf) {
		return w.redirect(c, "/profile")
	}
	if err != nil {
		return err
	}
	entry, err := w.Store.Entry(c.UserContext(), me(c), other)
	if err != nil {
		return err
	}
	return w.pane(c, other.DisplayName, 0, views.Person(w.viewer(c), entry), views.PersonPartial(w.viewer(c), entry))
}

var errSelf = &chat.Error{Code: chat.NotFound, Sentence: "This is you."}

// other is the person whom the path names. One is not one's own partner.
func (w *Web) other(c *fiber.Ctx) (*chat.User, error) {
	other, err := w.Store.Person(c.UserContext(), mine(c).User, param(c, "username"))
	if err == nil && other.ID == mine(c).UserID {
		return nil, errSelf
	}
	return other, err
}
