package web

import (
	"errors"
	"strconv"
	"time"

	"dchat/app/errs"
	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

type settingsHandlers struct{ linkHandlers }

var (
	// A person at an unlocked screen could guess the password.
	passwordsPerPerson = limit.Rule{Name: "password", Burst: 10, Per: 15 * time.Minute}
	emailsPerPerson    = limit.Rule{Name: "email-person", Burst: 5, Per: time.Hour} // to any address one names
	exportsPerPerson   = limit.Rule{Name: "export", Burst: 5, Per: 24 * time.Hour}
)

// settings answers with the page, or updates everything but the forms of an open page.
func (h settingsHandlers) settings(c *fiber.Ctx) error {
	if request.Partial(c) && request.Query(c, "state") != "" {
		return h.settingsState(c)
	}
	return h.showSettings(c, views.SubmittedForm{Form: request.Query(c, "done")})
}

func (h settingsHandlers) showSettings(c *fiber.Ctx, sent views.SubmittedForm) error {
	page, err := h.settingsPage(c)
	if err != nil {
		return err
	}
	page.Submitted = sent
	return h.pane(c, "Settings", 0, views.Settings(page))
}

// settingsPage reads the content of the page. The version is read first, so the page may be newer than its version,
// never older.
func (h settingsHandlers) settingsPage(c *fiber.Ctx) (views.SettingsPage, error) {
	session := request.CurrentSession(c)
	page := views.SettingsPage{Me: h.viewer(c), Session: session.ID, PushKey: h.Push.Key, Now: time.Now()}
	versions, err := h.Accounts.Versions(c.UserContext(), []int64{session.UserID})
	if err != nil {
		return page, err
	}
	page.Version = versions[session.UserID]
	if page.Sessions, err = h.Accounts.Sessions(c.UserContext(), session.User); err != nil {
		return page, err
	}
	page.Export, err = h.Accounts.LatestExport(c.UserContext(), session.User)
	return page, err
}

// settingsState updates everything but the forms of an open page. Without a script it redirects to the page.
func (h settingsHandlers) settingsState(c *fiber.Ctx, more ...templ.Component) error {
	if !request.Partial(c) {
		return c.Redirect("/settings", fiber.StatusSeeOther)
	}
	page, err := h.settingsPage(c)
	if err != nil {
		return err
	}
	return h.parts(c, append(more, views.SettingsState(page))...)
}

// answerForm answers a form of the page: with the form, or with the whole page if no script runs.
func (h settingsHandlers) answerForm(c *fiber.Ctx, sent views.SubmittedForm, err error) error {
	switch {
	case err != nil:
		return h.formError(c, err, func(wrong views.FieldErrors) {
			sent.Errors = wrong
		}, func() error {
			if request.Partial(c) {
				return h.parts(c, views.SubmittedFormParts(sent))
			}
			return h.showSettings(c, sent)
		})
	case !request.Partial(c):
		return c.Redirect("/settings?done="+sent.Form, fiber.StatusSeeOther)
	}
	if err := h.refreshSession(c); err != nil {
		return err
	}
	return h.settingsState(c, views.SubmittedFormParts(views.SubmittedForm{Form: sent.Form, Notifications: sent.Notifications}), views.EmailPart(h.viewer(c)))
}

// allowPassword limits guesses of the current user's password.
func (h settingsHandlers) allowPassword(c *fiber.Ctx) error {
	return h.allow(c, passwordsPerPerson, id(request.CurrentSession(c).UserID))
}

func (h settingsHandlers) changePassword(c *fiber.Ctx) error {
	session := request.CurrentSession(c)
	err := h.allowPassword(c)
	if err == nil {
		err = h.Accounts.ChangePassword(c.UserContext(), session, request.Field(c, "current_password"), request.Field(c, "password"))
	}
	if err == nil {
		h.Hub.CloseSessions(session.UserID, session.ID)
	}
	return h.answerForm(c, views.SubmittedForm{Form: "password"}, err)
}

// changeEmail sends a link to the new address, which makes the change. A user without a confirmed address may use it
// too, because the first address may be mistyped.
func (h settingsHandlers) changeEmail(c *fiber.Ctx) error {
	sent := views.SubmittedForm{Form: "email", Email: request.Field(c, "email")}
	err := h.allowPassword(c)
	if err == nil {
		err = h.allow(c, emailsPerPerson, id(request.CurrentSession(c).UserID))
	}
	if err == nil {
		err = h.allowEmail(c, resendsPerAddress, sent.Email)
	}
	if err == nil {
		err = h.Accounts.ChangeEmail(c.UserContext(), request.CurrentSession(c).User, sent.Email, request.Field(c, "current_password"))
	}
	if !h.Accounts.Admits(request.CurrentSession(c).User) {
		return h.showUnverified(c, views.WaitingPage{Email: sent.Email}, err)
	}
	return h.answerForm(c, sent, err)
}

func (h settingsHandlers) cancelEmail(c *fiber.Ctx) error {
	if err := h.allow(c, actionsPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return err
	}
	if err := h.Accounts.CancelEmailChange(c.UserContext(), request.CurrentSession(c).User); err != nil {
		return err
	}
	if !h.Accounts.Admits(request.CurrentSession(c).User) {
		return h.showUnverified(c, views.WaitingPage{}, nil)
	}
	if err := h.refreshSession(c); err != nil {
		return err
	}
	return h.settingsState(c, views.EmailPart(h.viewer(c)))
}

// showUnverified answers a user who has to confirm the address before the settings page opens.
func (h settingsHandlers) showUnverified(c *fiber.Ctx, page views.WaitingPage, err error) error {
	if err != nil {
		return h.formError(c, err, func(wrong views.FieldErrors) {
			page.Errors = wrong
		}, func() error { return h.showWaiting(c, page, request.CurrentSession(c).User) })
	}
	return h.redirect(c, "/verify")
}

// revoke ends one session of the current user.
func (h settingsHandlers) revoke(c *fiber.Ctx) error {
	session := request.CurrentSession(c)
	which, err := strconv.ParseInt(request.Param(c, "id"), 10, 64)
	if err != nil {
		return fiber.ErrNotFound
	}
	if which == session.ID {
		return h.logout(c)
	}
	if err := h.allow(c, actionsPerPerson, id(session.UserID)); err != nil {
		return err
	}
	if err := h.Accounts.RevokeSession(c.UserContext(), session.User, which); err != nil {
		return err
	}
	h.Hub.CloseSession(which, session.UserID)
	return h.settingsState(c)
}

// revokeOthers ends all other sessions of the current user.
func (h settingsHandlers) revokeOthers(c *fiber.Ctx) error {
	session := request.CurrentSession(c)
	if err := h.allow(c, actionsPerPerson, id(session.UserID)); err != nil {
		return err
	}
	if err := h.Accounts.RevokeOtherSessions(c.UserContext(), session); err != nil {
		return err
	}
	h.Hub.CloseSessions(session.UserID, session.ID)
	return h.settingsState(c)
}

func (h settingsHandlers) export(c *fiber.Ctx) error {
	if err := h.allow(c, exportsPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return err
	}
	if err := h.Accounts.RequestExport(c.UserContext(), request.CurrentSession(c).User); err != nil {
		return err
	}
	return h.settingsState(c)
}

// deletionDelay is the delay before the socket of the session that deleted the account closes. If it closed at once, the
// page would open sign-in before the answer redirects it to the confirmation.
const deletionDelay = 500 * time.Millisecond

func (h settingsHandlers) deleteAccount(c *fiber.Ctx) error {
	session := request.CurrentSession(c)
	err := h.allowPassword(c)
	if err == nil {
		err = h.Chat.DeleteAccount(c.UserContext(), session.User, request.Field(c, "current_password"))
	}
	if err != nil && !h.Accounts.Admits(session.User) {
		return h.showUnverified(c, views.WaitingPage{}, asFormError(err))
	}
	if err != nil {
		return h.answerForm(c, views.SubmittedForm{Form: "delete"}, err)
	}
	h.Hub.CloseSessions(session.UserID, session.ID)
	time.AfterFunc(deletionDelay, func() { h.Hub.CloseSession(session.ID, session.UserID) })
	h.setCookie(c, "", -time.Second)
	c.Set("Clear-Site-Data", `"cache", "storage"`) // with all that was written and not sent
	return h.redirect(c, "/login?done=deleted")
}

// asFormError returns a field error as an error of the form: the page has two fields of that name.
func asFormError(err error) error {
	var e *errs.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	whole := *e
	whole.Fields = nil
	return &whole
}
