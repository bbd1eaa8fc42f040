package web

import (
	"cmp"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// begun returns what the composer of a page begins with: by the query an answer to a message, an edit, or nothing.
func (h conversationHandlers) begun(c *fiber.Ctx, viewer views.Viewer, other *account.User) (views.Unsent, error) {
	edit := request.Query(c, "edit")
	typed := cmp.Or(edit, request.Query(c, "reply"))
	if typed == "" {
		return views.Unsent{}, nil
	}
	seq, err := h.seqOf(c, other, typed)
	if err != nil {
		return views.Unsent{}, err
	}
	message, err := h.Chat.Message(c.UserContext(), viewer.User, other, seq)
	if err != nil {
		return views.Unsent{}, err
	}
	if edit == "" {
		return answering(message), nil
	}
	if !h.Chat.MayEdit(viewer.User, message) {
		return views.Unsent{Why: "This message cannot be edited."}, nil
	}
	return views.Unsent{Body: message.Body, Mode: views.Mode{Edit: message}}, nil
}

func answering(message *chat.Message) views.Unsent {
	if !message.DeletedAt.IsZero() || message.Notice != "" {
		return views.Unsent{Why: "This message was deleted, so there is nothing to reply to."}
	}
	return views.Unsent{Mode: views.Mode{Reply: message}}
}

// replied returns the position of the message that a new one answers, 0 if it answers none.
func (h conversationHandlers) replied(c *fiber.Ctx, other *account.User) (int64, error) {
	typed := request.Field(c, "reply")
	if typed == "" {
		return 0, nil
	}
	return h.seqOf(c, other, typed)
}

// answered returns the message that a refused message answers, so that its composer keeps the mode.
func (h conversationHandlers) answered(c *fiber.Ctx, viewer views.Viewer, other *account.User) views.Mode {
	seq, err := h.replied(c, other)
	if err != nil || seq == 0 {
		return views.Mode{}
	}
	message, err := h.Chat.Message(c.UserContext(), viewer.User, other, seq)
	if err != nil {
		return views.Mode{}
	}
	return answering(message).Mode
}
