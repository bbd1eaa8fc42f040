package web

import (
	"errors"
	"strconv"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/views"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

var (
	// Passwords can be guessed at a screen that somebody has left unlocked, too.
	passwordsPerPerson = limit.Rule{Name: "password", Burst: 10, Per: 15 * time.Minute}
	lettersPerPerson   = limit.Rule{Name: "letter-person", Burst: 5, Per: time.Hour} // to any address one names
	exportsPerPerson   = limit.Rule{Name: "export", Burst: 5, Per: 24 * time.Hour}
)

// settings answers with the page, or an open page with what on it is no form.
func (w *Web) settings(c *fiber.Ctx) error {
	if partial(c) && query(c, "state") != "" {
		return w.settingsState(c)
	}
	return w.showSettings(c, views.Sent{Form: query(c, "done")})
}

func (w *Web) showSettings(c *fiber.Ctx, sent views.Sent) error {
	page, err := w.settingsPage(c)
	if err != nil {
		return err
	}
	page.Sent = sent
	return w.pane(c, "Settings", 0, views.Settings(page), views.SettingsPartial(page))
}

// settingsPage reads what the page shows. The version is read before, so the page may be newer than it
// says, never older.
func (w *Web) settingsPage(c *fiber.Ctx) (views.SettingsPage, error) {
	session := mine(c)
	page := views.SettingsPage{Me: w.viewer(c), Session: session.ID, Now: time.Now()}
	versions, err := w.Store.Versions(c.UserContext(), []int64{session.UserID})
	if err != nil {
		return page, err
	}
	page.Version = versions[session.UserID]
	if page.Sessions, err = w.Store.Sessions(c.UserContext(), session.User); err != nil {
		return page, err
	}
	page.Export, err = w.Store.LatestExport(c.UserContext(), session.User)
	return page, err
}

// settingsState answers a button of the page with what it shows now, in all that is no form.
func (w *Web) settingsState(c *fiber.Ctx, more ...templ.Component) error {
	if !partial(c) {
		return c.Redirect("/settings", fiber.StatusSeeOther)
	}
	page, err := w.settingsPage(c)
	if err != nil {
		return err
	}
	return w.parts(c, append(more, views.SettingsState(page))...)
}

// sent answers a form of the page: with the form, or without a script with the page.
func (w *Web) sent(c *fiber.Ctx, sent views.Sent, err error) error {
	switch {
	case err != nil:
		return w.again(c, err, func(wrong views.FieldErrors) {
			sent.Errors = wrong
		}, func() error {
			if partial(c) {
				return w.parts(c, views.SentParts(sent))
			}
			return w.showSettings(c, sent)
		})
	case !partial(c):
		return c.Redirect("/settings?done="+sent.Form, fiber.StatusSeeOther)
	}
	if err := w.refresh(c); err != nil {
		return err
	}
	return w.settingsState(c, views.SentParts(views.Sent{Form: sent.Form}), views.EmailPart(w.viewer(c)))
}

// refresh lets a request see what it has changed about its person.
func (w *Web) refresh(c *fiber.Ctx) error {
	session := *mine(c)
	user, err := w.Store.UserByID(c.UserContext(), session.UserID)
	session.User = user
	c.Locals(sessionLocal, &session)
	return err
}

// allowPassword refuses who has tried too many passwords on themselves.
func (w *Web) allowPassword(c *fiber.Ctx) error {
	return w.allow(c, passwordsPerPerson, id(mine(c).UserID))
}

func (w *Web) changePassword(c *fiber.Ctx) error {
	session := mine(c)
	err := w.allowPassword(c)
	if err == nil {
		err = w.Store.ChangePassword(c.UserContext(), session, field(c, "current_password"), field(c, "password"))
	}
	if err == nil {
		w.Hub.CloseSessions(session.UserID, session.ID)
	}
	return w.sent(c, views.Sent{Form: "password"}, err)
}

// changeEmail asks the new address to confirm itself. Who has not confirmed any yet may have mistyped the
// first.
func (w *Web) changeEmail(c *fiber.Ctx) error {
	sent := views.Sent{Form: "email", Email: field(c, "email")}
	err := w.allowPassword(c)
	if err == nil {
		err = w.allow(c, lettersPerPerson, id(mine(c).UserID))
	}
	if err == nil {
		err = w.allowLetter(c, resendsPerAddress, sent.Email)
	}
	if err == nil {
		err = w.Store.ChangeEmail(c.UserContext(), mine(c).User, sent.Email, field(c, "current_password"))
	}
	if !w.Store.Admits(mine(c).User) {
		return w.stillWaiting(c, views.WaitingPage{Email: sent.Email}, err)
	}
	return w.sent(c, sent, err)
}

func (w *Web) cancelEmail(c *fiber.Ctx) error {
	if err := w.allow(c, actionsPerPerson, id(mine(c).UserID)); err != nil {
		return err
	}
	if err := w.Store.CancelEmailChange(c.UserContext(), mine(c).User); err != nil {
		return err
	}
	if !w.Store.Admits(mine(c).User) {
		return w.stillWaiting(c, views.WaitingPage{}, nil)
	}
	if err := w.refresh(c); err != nil {
		return err
	}
	return w.settingsState(c, views.EmailPart(w.viewer(c)))
}

// stillWaiting answers somebody who has to confirm their address first.
func (w *Web) stillWaiting(c *fiber.Ctx, page views.WaitingPage, err error) error {
	if err != nil {
		return w.again(c, err, func(wrong views.FieldErrors) {
			page.Errors = wrong
		}, func() error { return w.waiting(c, page, mine(c).User) })
	}
	return w.redirect(c, "/verify")
}

// revoke ends a session, wherever it is.
func (w *Web) revoke(c *fiber.Ctx) error {
	session := mine(c)
	which, err := strconv.ParseInt(param(c, "id"), 10, 64)
	if err != nil {
		return fiber.ErrNotFound
	}
	if which == session.ID {
		return w.logout(c)
	}
	if err := w.allow(c, actionsPerPerson, id(session.UserID)); err != nil {
		return err
	}
	if err := w.Store.RevokeSession(c.UserContext(), session.User, which); err != nil {
		return err
	}
	w.Hub.CloseSession(which, session.UserID)
	return w.settingsState(c)
}

// revokeOthers ends all sessions but this one.
func (w *Web) revokeOthers(c *fiber.Ctx) error {
	session := mine(c)
	if err := w.allow(c, actionsPerPerson, id(session.UserID)); err != nil {
		return err
	}
	if err := w.Store.RevokeOtherSessions(c.UserContext(), session); err != nil {
		return err
	}
	w.Hub.CloseSessions(session.UserID, session.ID)
	return w.settingsState(c)
}

func (w *Web) export(c *fiber.Ctx) error {
	if err := w.allow(c, exportsPerPerson, id(mine(c).UserID)); err != nil {
		return err
	}
	if err := w.Store.AskExport(c.UserContext(), mine(c).User); err != nil {
		return err
	}
	return w.settingsState(c)
}

// farewell is how long the page on which somebody deletes their account has to leave by itself: told to go
// at once, it would go to sign-in without a word.
const farewell = 500 * time.Millisecond

func (w *Web) deleteAccount(c *fiber.Ctx) error {
	session := mine(c)
	err := w.allowPassword(c)
	if err == nil {
		err = w.Store.DeleteAccount(c.UserContext(), session.User, field(c, "current_password"))
	}
	if err != nil && !w.Store.Admits(session.User) {
		return w.stillWaiting(c, views.WaitingPage{}, wholly(err))
	}
	if err != nil {
		return w.sent(c, views.Sent{Form: "delete"}, err)
	}
	w.Hub.CloseSessions(session.UserID, session.ID)
	time.AfterFunc(farewell, func() { w.Hub.CloseSession(session.ID, session.UserID) })
	w.setCookie(c, "", -time.Second)
	c.Set("Clear-Site-Data", `"cache", "storage"`)
	return w.redirect(c, "/login?done=deleted")
}

// wholly makes of an error of a field one of the form: the page has two fields of that name.
func wholly(err error) error {
	var e *chat.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	whole := *e
	whole.Fields = nil
	return &whole
}
