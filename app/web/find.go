package web

import (
	"strings"
	"time"

	"dchat/app/account"
	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

var findsPerPerson = limit.Rule{Name: "find", Burst: 120, Per: time.Minute}

// find searches the messages of the current user.
func (h searchHandlers) find(c *fiber.Ctx) (err error) {
	if err := h.allow(c, findsPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return err
	}
	page := views.FindPage{Me: h.viewer(c), Query: strings.TrimSpace(request.Query(c, "q")), Now: time.Now()}
	if page.In, err = h.findIn(c); err != nil {
		return err
	}
	after := request.Query(c, "after")
	page.Hits, err = h.Chat.Find(c.UserContext(), page.Me.User, page.Query, page.In, after)
	if err != nil {
		return err
	}
	if request.Partial(c) && !request.Restored(c) && after != "" {
		return h.parts(c, views.MoreHits(page))
	}
	return h.pane(c, "Search messages", 0, views.Find(page))
}

// findIn returns the person whose conversation is searched, nil for all conversations.
func (h searchHandlers) findIn(c *fiber.Ctx) (*account.User, error) {
	username := request.Query(c, "in")
	if username == "" {
		return nil, nil
	}
	other, err := h.Chat.Person(c.UserContext(), currentUser(c), username)
	if err == nil && other.ID == request.CurrentSession(c).UserID {
		return nil, errSelf
	}
	return other, err
}
