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
	if why := h.whyNotEdit(viewer, message); why != "" {
		return views.Unsent{Why: why}, nil
	}
	return views.Unsent{Body: message.Body, Mode: views.Mode{Edit: message}}, nil
}

func answering(message *chat.Message) views.Unsent {
	if !message.DeletedAt.IsZero() || message.Notice != "" {
		return views.Unsent{Why: "This message was deleted, so there is nothing to reply to."}
	}
	return views.Unsent{Mode: views.Mode{Reply: message}}
}

// whyNotEdit returns the sentence that says why the viewer cannot edit a message, or "".
func (h conversationHandlers) whyNotEdit(viewer views.Viewer, message *chat.Message) string {
	switch {
	case message.SenderID != viewer.ID || message.Notice != "":
		return "You can edit your own messages only."
	case !message.DeletedAt.IsZero():
		return "This message was deleted, so it cannot be edited."
	}
	return ""
}

// answered returns the message that a refused message answers, so that its composer keeps the mode.
func (h conversationHandlers) answered(c *fiber.Ctx, viewer views.Viewer, other *account.User) views.Mode {
	typed := request.Field(c, "reply")
	if typed == "" {
		return views.Mode{}
	}
	seq, err := h.seqOf(c, other, typed)
	if err != nil {
		return views.Mode{}
	}
	message, err := h.Chat.Message(c.UserContext(), viewer.User, other, seq)
	if err != nil {
		return views.Mode{}
	}
	return answering(message).Mode
}
