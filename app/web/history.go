package web

import (
	"cmp"

	"dchat/app/chat"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// place is the part of a conversation that a pane shows: the messages before, after or around a Seq. The zero place is
// the end.
type place struct{ before, after, at int64 }

// half is how many messages a pane shows before those at and after a Seq.
const half = chat.PageSize / 2

// placeOf reads the place from the query.
func placeOf(c *fiber.Ctx) (place, error) {
	before, err1 := number(request.Query(c, "before", "0"))
	after, err2 := number(request.Query(c, "after", "0"))
	at, err3 := number(request.Query(c, "at", "0"))
	return place{before, after, at}, cmp.Or(err1, err2, err3)
}

// history reads the messages of a pane.
func (h conversationHandlers) history(c *fiber.Ctx, viewer views.Viewer, entry chat.Entry, at place) (history views.History, err error) {
	switch {
	case at.at > 0 && entry.Seq > 0:
		history, err = h.around(c, viewer, entry, min(at.at, entry.Seq))
		history.At = at.at
	case at.after > 0:
		history, err = h.later(c, viewer, entry, at.after)
	default:
		history, err = h.earlier(c, viewer, entry, at.before)
	}
	history.NewAfter = -1
	if entry.Unread() > 0 && !history.Past {
		history.NewAfter = entry.LastReadSeq
	}
	return history, err
}

// earlier reads the messages before a Seq, or the latest; all that are new are among those, up to maxFirst.
func (h conversationHandlers) earlier(c *fiber.Ctx, viewer views.Viewer, entry chat.Entry, before int64) (views.History, error) {
	limit := chat.PageSize
	if entry.Unread() > 0 && before == 0 {
		after := int(min(entry.Seq-entry.LastReadSeq, maxFirst))
		limit = max(limit, min(after+20, maxFirst))
	}
	page, err := h.Chat.Before(c.UserContext(), viewer.User, entry.ConversationID, before, limit)
	return views.History{Messages: page.Messages, More: page.More, Past: before > 0}, err
}

func (h conversationHandlers) around(c *fiber.Ctx, viewer views.Viewer, entry chat.Entry, seq int64) (views.History, error) {
	window, err := h.Chat.Around(c.UserContext(), viewer.User, entry.ConversationID, seq, half)
	return views.History{Messages: window.Messages, More: window.More, Past: window.Later}, err
}

// later reads the page of messages after a Seq.
func (h conversationHandlers) later(c *fiber.Ctx, viewer views.Viewer, entry chat.Entry, after int64) (views.History, error) {
	window, err := h.Chat.After(c.UserContext(), viewer.User, entry.ConversationID, after, chat.PageSize)
	return views.History{Messages: window.Messages, More: window.More, Past: window.Later}, err
}
