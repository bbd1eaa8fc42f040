package web

import (
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type savedHandlers struct{ *Web }

// saved lists what the viewer has saved, the latest first.
func (h savedHandlers) saved(c *fiber.Ctx) error {
	after := request.Query(c, "after")
	hits, err := h.Chat.Saved(c.UserContext(), currentUser(c), after)
	if err != nil {
		return err
	}
	return h.pane(c, "Saved messages", 0, views.Saved(h.viewer(c), hits, after != ""))
}
