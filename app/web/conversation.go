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
	at, err := placeOf(c)
	if err != nil {
		return err
	}
	viewer := h.viewer(c)
	begun, err := h.begun(c, viewer, other)
	if err != nil {
		return err
	}
	return h.showConversation(c, viewer, other, at, begun)
}

// showConversation answers with the pane of a conversation, in every standing.
func (h conversationHandlers) showConversation(c *fiber.Ctx, viewer views.Viewer, other *account.User, at place, unsent views.Unsent) error {
	entry, err := h.Chat.Entry(c.UserContext(), viewer.User, other)
	if err != nil {
		return err
	}
	if entry.Standing != chat.InContact && unsent.Why == "" {
		unsent = views.Unsent{} // there is no composer
	}
	// The messages are read after the revision, so they are at least as new.
	history, err := h.history(c, viewer, entry, at)
	if err != nil {
		return err
	}
	history.Unsent, history.Unsent.Read = unsent, entry.Seq
	if history.Past {
		history.Unsent.Read = entry.LastReadSeq
	}
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
