package web

import (
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

// preferences changes the settings of one section of the page.
func (h settingsHandlers) preferences(c *fiber.Ctx) error {
	if err := h.allow(c, actionsPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return err
	}
	return h.notifications(c)
}
