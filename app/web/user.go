package web

import (
	"errors"

	"dchat/app/chat"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

func (w *Web) signupPage(c *fiber.Ctx) error { return w.page(c, views.Signup(views.SignupForm{})) }

func (w *Web) signup(c *fiber.Ctx) error {
	form := views.SignupForm{Email: c.FormValue("email"), Username: c.FormValue("username")}
	err := w.allow(c, signupsPerPlace, place(c))
	var user *chat.User
	if err == nil {
		user, err = w.Store.SignUp(c.UserContext(), chat.Signup{
			Email: form.Email, Username: form.Username, Password: c.FormValue("password"), Zone: zoneOf(c),
		})
	}
	if err != nil {
		return w.again(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error { return w.page(c, views.Signup(form)) })
	}
	w.Welcome(user)
	return w.enter(c, user, "/")
}

func (w *Web) profile(c *fiber.Ctx) error {
	blocked, err := w.Store.BlockedPeople(c.UserContext(), me(c))
	if err != nil {
		return err
	}
	page := views.ProfilePage{Me: me(c), Blocked: blocked}
	return w.pane(c, "Your profile", 0, views.Profile(page), views.ProfilePartial(page))
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
	return w.pane(c, other.DisplayName, 0, views.Person(me(c), entry), views.PersonPartial(me(c), entry))
}

var errSelf = &chat.Error{Code: chat.NotFound, Sentence: "This is you."}

// other is the person whom the path names. One is not one's own partner.
func (w *Web) other(c *fiber.Ctx) (*chat.User, error) {
	other, err := w.Store.UserByName(c.UserContext(), c.Params("username"))
	if err == nil && other.ID == mine(c).UserID {
		return nil, errSelf
	}
	return other, err
}
