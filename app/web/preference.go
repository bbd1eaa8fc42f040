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
	sent := views.SubmittedForm{Form: "notifications"}
	section := request.Field(c, "section")
	if section == "privacy" {
		sent.Form = section
	}
	err := h.setPrivacy(c, user, section == "privacy")
	if err == nil {
		sent.Notifications, err = h.setNotifications(c, user, section == "notifications")
	}
	return h.answerForm(c, sent, err)
}

func (h settingsHandlers) setPrivacy(c *fiber.Ctx, user *account.User, whole bool) error {
	if !whole && !request.Names(c, "show_read", "show_typing", "show_online") {
		return nil
	}
	_, err := h.Accounts.SetPrivacy(c.UserContext(), user, func(p *account.Privacy) {
		request.Switches(c, whole, map[string]*bool{"show_read": &p.Read, "show_typing": &p.Typing, "show_online": &p.Online})
	})
	return err
}
