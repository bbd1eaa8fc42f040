package web

import (
	"time"

	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type searchHandlers struct{ *Web }

var searchesPerPerson = limit.Rule{Name: "search", Burst: 120, Per: time.Minute}

func (h searchHandlers) search(c *fiber.Ctx) error {
	if err := h.allow(c, searchesPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return err
	}
	query := request.Query(c, "q")
	results, err := h.Chat.Search(c.UserContext(), currentUser(c), query)
	if err != nil {
		return err
	}
	if request.Partial(c) && !request.Restored(c) {
		return h.parts(c, views.Results(h.viewer(c), query, results))
	}
	return h.shell(c, views.ShellPage{Title: "Search", Pane: views.EmptyPane(), Query: query, Results: results})
}
