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

type userHandlers struct{ *Web }

var (
	signupsPerPlace   = limit.Rule{Name: "signup", Burst: 100, Per: time.Hour}
	signupsPerAddress = limit.Rule{Name: "signup-address", Burst: 5, Per: time.Hour} // each sends an email
)

func (h userHandlers) signupPage(c *fiber.Ctx) error {
	return h.noStore(c, views.Signup(views.SignupForm{}))
}

// signup creates an account. If addresses have to be confirmed, the answer does not depend on the address: it opens
// no session, which the link in the email does.
func (h userHandlers) signup(c *fiber.Ctx) error {
	form := views.SignupForm{Email: request.Field(c, "email"), Username: request.Field(c, "username")}
	err := h.allowSignup(c, form.Email)
	var user *account.User
	if err == nil {
		user, err = h.Accounts.SignUp(c.UserContext(), account.Signup{
			Email: form.Email, Username: form.Username, Password: request.Field(c, "password"), Zone: zoneOf(c),
		})
	}
	if err != nil {
		return h.formError(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error { return h.noStore(c, views.Signup(form)) })
	}
	if h.Accounts.MustVerify() {
		h.known.Remember(c, user.ID)
		return c.Redirect("/verify?sent", fiber.StatusSeeOther)
	}
	return h.openSession(c, user, "/")
}

func (h userHandlers) allowSignup(c *fiber.Ctx, email string) error {
	if err := h.allow(c, signupsPerPlace, request.Place(c)); err != nil {
		return err
	}
	return h.allowAddress(c, signupsPerAddress, email)
}

func (h userHandlers) person(c *fiber.Ctx) error {
	other, err := h.other(c)
	if errors.Is(err, errSelf) {
		return h.redirect(c, "/profile")
	}
	if err != nil {
		return err
	}
	entry, err := h.Chat.Entry(c.UserContext(), currentUser(c), other)
	if err != nil {
		return err
	}
	return h.pane(c, other.DisplayName, 0, views.Person(h.viewer(c), entry))
}

var errSelf = &errs.Error{Code: errs.NotFound, Sentence: "This is you."}

// other returns the user named in the path, who must not be the current user.
func (w *Web) other(c *fiber.Ctx) (*account.User, error) {
	other, err := w.Chat.Person(c.UserContext(), request.CurrentSession(c).User, request.Param(c, "username"))
	if err == nil && other.ID == request.CurrentSession(c).UserID {
		return nil, errSelf
	}
	return other, err
}
