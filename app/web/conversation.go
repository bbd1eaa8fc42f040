package web

import (
	"errors"
	"strconv"

	"dchat/app/chat"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

func (w *Web) home(c *fiber.Ctx) error {
	session, err := w.session(c)
	if chat.CodeOf(err) == chat.NotFound {
		return w.sealed(c, views.Landing())
	}
	if err != nil {
		return err
	}
	if !w.Store.Admits(session.User) {
		return w.redirect(c, "/verify")
	}
	return w.pane(c, "", 0, views.EmptyPane(), views.EmptyPartial())
}

// The most messages that a pane shows at first: enough to see all that is new, within reason.
const maxFirst = 200

func (w *Web) conversation(c *fiber.Ctx) error {
	other, err := w.other(c)
	if errors.Is(err, errSelf) {
		return w.redirect(c, "/profile")
	}
	if err != nil {
		return err
	}
	if !partial(c) && param(c, "username") != other.Username {
		return c.Redirect(chatPath(other), fiber.StatusSeeOther) // one address for one conversation
	}
	before, err := number(query(c, "before", "0"))
	if err != nil {
		return err
	}
	return w.showConversation(c, w.viewer(c), other, before, views.Unsent{})
}

// showConversation answers with the pane of two people, whatever stands between them: its latest
// messages, or those before a Seq.
func (w *Web) showConversation(c *fiber.Ctx, viewer views.Viewer, other *chat.User, before int64, unsent views.Unsent) error {
	entry, err := w.Store.Entry(c.UserContext(), viewer.User, other)
	if err != nil {
		return err
	}
	history := views.History{Past: before > 0, NewAfter: -1, Unsent: unsent}
	limit := chat.PageSize
	if entry.Unread() > 0 && before == 0 {
		history.NewAfter = entry.LastReadSeq
		after := int(min(entry.Seq-entry.LastReadSeq, maxFirst))
		limit = max(limit, min(after+20, maxFirst))
	}
	history.Unsent.Read = entry.LastReadSeq
	if before == 0 {
		history.Unsent.Read = entry.Seq
	}
	// The rows are read after the revision, so they show at least what it says.
	page, err := w.Store.Before(c.UserContext(), entry.ConversationID, before, limit)
	if err != nil {
		return err
	}
	history.Messages, history.More = page.Messages, page.More
	return w.pane(c, other.DisplayName, other.ID, views.Pane(viewer, entry, history), views.PanePartial(viewer, entry, history))
}

// number reads a position from a query.
func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, &chat.Error{Code: chat.NotFound, Sentence: "There is no such place in the conversation."}
	}
	return n, nil
}
