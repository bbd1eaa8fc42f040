package web

import (
	"context"
	"net/url"
	"strings"
	"time"

	"dchat/app/account"
	"dchat/app/address"
	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type loginHandlers struct{ *Web }

// Sign-ins are counted by account and place, by account, and by place, so that guessing is slow. A name without an
// account counts as one. A browser that is known to the account has a limit of its own.
var (
	loginsPerTry     = limit.Rule{Name: "login-try", Burst: 10, Per: 15 * time.Minute}
	loginsPerName    = limit.Rule{Name: "login-name", Burst: 50, Per: 15 * time.Minute}
	loginsPerAddress = limit.Rule{Name: "login-address", Burst: 100, Per: 15 * time.Minute}
	loginsPerKnown   = limit.Rule{Name: "login-known", Burst: 30, Per: 15 * time.Minute}
)

func (h loginHandlers) loginPage(c *fiber.Ctx) error {
	return h.noStore(c, views.Login(views.LoginForm{Next: localPath(request.Query(c, "next")), Done: request.Query(c, "done")}))
}

func (h loginHandlers) login(c *fiber.Ctx) error {
	form := views.LoginForm{Login: request.Field(c, "login"), Next: localPath(request.Field(c, "next"))}
	err := h.allowLogin(c, form.Login)
	var user *account.User
	var token string
	if err == nil {
		user, token, err = h.Accounts.Enter(c.UserContext(), form.Login, request.Field(c, "password"), c.Get("User-Agent"))
	}
	if err != nil {
		return h.formError(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error { return h.noStore(c, views.Login(form)) })
	}
	if !h.Accounts.Admits(user) {
		return h.completeSignIn(c, user, token, "/verify")
	}
	return h.completeSignIn(c, user, token, form.Next)
}

func (w *Web) logout(c *fiber.Ctx) error {
	session := request.CurrentSession(c)
	if err := w.Accounts.CloseSession(c.UserContext(), session); err != nil {
		return err
	}
	w.Hub.CloseSession(session.ID, session.UserID)
	w.setCookie(c, "", -time.Second)
	c.Set("Clear-Site-Data", `"cache"`) // the storage has what the person has not sent yet: the page deletes the rest
	return w.redirect(c, "/")
}

// allowLogin refuses too many guesses. All names of an account are counted together. The narrowest rule comes first:
// a request that it refuses uses up no wider limit.
func (h loginHandlers) allowLogin(c *fiber.Ctx, login string) error {
	accounts, err := h.accountsOf(c.UserContext(), login)
	if err != nil {
		return err
	}
	browser, unknown := h.known.Browser(c), []string(nil)
	for _, account := range accounts {
		if !browser.Knows(account) {
			unknown = append(unknown, "account "+id(account))
			continue
		}
		if err := h.allow(c, loginsPerKnown, browser.Name()+" "+id(account)); err != nil {
			return err
		}
	}
	switch {
	case len(accounts) > 0 && len(unknown) == 0:
		return nil
	case len(accounts) == 0:
		unknown = []string{nameKey(login)}
	}
	return h.allowStranger(c, unknown)
}

func (h loginHandlers) allowStranger(c *fiber.Ctx, names []string) error {
	for _, name := range names {
		if err := h.allow(c, loginsPerTry, request.Place(c)+" "+name); err != nil {
			return err
		}
	}
	if err := h.allow(c, loginsPerAddress, request.Place(c)); err != nil {
		return err
	}
	for _, name := range names {
		if err := h.allow(c, loginsPerName, name); err != nil {
			return err
		}
	}
	return nil
}

// accountsOf returns the ids of the accounts that a sign-in may mean.
func (h loginHandlers) accountsOf(ctx context.Context, login string) (ids []int64, err error) {
	users, err := h.Accounts.Claimants(ctx, login)
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids, err
}

// nameKey returns a username or an email address as limits count it.
func nameKey(typed string) string {
	name := address.Key(typed)
	if len(name) > 254 { // no address is longer
		return ""
	}
	return name
}

// localPath returns a path of this site to open after a sign-in, "" if it is anything else.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return ""
	}
	return path
}
