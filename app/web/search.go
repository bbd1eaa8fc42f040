package web

import (
	"time"

	"dchat/app/limit"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

var searchesPerPerson = limit.Rule{Name: "search", Burst: 120, Per: time.Minute}

func (w *Web) search(c *fiber.Ctx) error {
	if err := w.allow(c, searchesPerPerson, id(mine(c).UserID)); err != nil {
		return err
	}
	query := query(c, "q")
	results, err := w.Store.Search(c.UserContext(), me(c), query)
	if err != nil {
		return err
	}
	if partial(c) && !restored(c) {
		return w.parts(c, views.Results(w.viewer(c), query, results))
	}
	return w.shell(c, views.ShellPage{Title: "Search", Pane: views.EmptyPane(), Query: query, Results: results})
}
