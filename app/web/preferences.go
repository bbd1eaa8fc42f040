package web

import (
	"dchat/app/account"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// preferences changes the settings that a request names. Of the section that its form shows, a cleared checkbox is one
// that the request does not name.
func (h settingsHandlers) preferences(c *fiber.Ctx) error {
	user := request.CurrentSession(c).User
	if err := h.allow(c, actionsPerPerson, id(user.ID)); err != nil {
		return err
	}
	section := request.Field(c, "section")
	now := func(name, shownIn string, is bool) bool { return request.Switch(c, name, is && section != shownIn) }
	_, err := h.Accounts.SetPrivacy(c.UserContext(), user, account.Privacy{
		Read:   now("show_read", "privacy", user.ShowRead),
		Typing: now("show_typing", "privacy", user.ShowTyping),
		Online: now("show_online", "privacy", user.ShowOnline),
	})
	if err != nil {
		return err
	}
	if !request.Partial(c) {
		return c.Redirect("/settings?done=privacy", fiber.StatusSeeOther)
	}
	if err := h.refreshSession(c); err != nil {
		return err
	}
	return h.settingsState(c, views.OutcomePart(views.SubmittedForm{Form: "privacy"}))
}
