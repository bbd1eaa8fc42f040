package web

import (
	"errors"
	"strconv"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type conversationHandlers struct{ *Web }

func (h conversationHandlers) home(c *fiber.Ctx) error {
	session, err := h.session(c)
	if errs.CodeOf(err) == errs.NotFound {
		return h.noStore(c, views.Landing())
	}
	if err != nil {
		return err
	}
	if !h.Accounts.Admits(session.User) {
		return h.redirect(c, "/verify")
	}
	return h.pane(c, "", 0, views.EmptyPane())
}

// maxFirst limits the messages that a pane shows at first. A pane shows all unread messages up to this number.
const maxFirst = 200

func (h conversationHandlers) conversation(c *fiber.Ctx) error {
	other, err := h.other(c)
	if errors.Is(err, errSelf) {
		return h.redirect(c, "/profile")
	}
	if err != nil {
		return err
	}
	if !request.Partial(c) && request.Param(c, "username") != other.Username {
		return c.Redirect(chatPath(other), fiber.StatusSeeOther) // one address for one conversation
	}
	before, err := number(request.Query(c, "before", "0"))
	if err != nil {
		return err
	}
	return h.showConversation(c, h.viewer(c), other, before, views.Unsent{})
}

// showConversation answers with the pane of a conversation, in every standing: its latest messages, or those
// before a Seq.
func (h conversationHandlers) showConversation(c *fiber.Ctx, viewer views.Viewer, other *account.User, before int64, unsent views.Unsent) error {
	entry, err := h.Chat.Entry(c.UserContext(), viewer.User, other)
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
	// The messages are read after the revision, so they are at least as new.
	page, err := h.Chat.Before(c.UserContext(), viewer.User, entry.ConversationID, before, limit)
	if err != nil {
		return err
	}
	history.Messages, history.More = page.Messages, page.More
	return h.pane(c, other.DisplayName, other.ID, views.Pane(viewer, entry, history))
}

// number parses a position in a conversation, which is not negative.
func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, &errs.Error{Code: errs.NotFound, Sentence: "There is no such place in the conversation."}
	}
	return n, nil
}
