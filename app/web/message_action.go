package web

import (
	"context"
	"errors"
	"net/url"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type messageActionHandlers struct{ conversationHandlers }

// messageActionsPerPerson limits what a person does to messages: each action changes the other user's page.
var messageActionsPerPerson = limit.Rule{Name: "message-action", Burst: 600, Per: 5 * time.Minute}

// named returns the other user and the position of the message in the path.
func (h conversationHandlers) named(c *fiber.Ctx) (*account.User, int64, error) {
	other, err := h.other(c)
	if err != nil {
		return nil, 0, err
	}
	seq, err := h.seqOf(c, other, request.Param(c, "id"))
	return other, seq, err
}

// seqOf returns the position of a message in the conversation with another user. A message of another conversation
// does not exist here.
func (h conversationHandlers) seqOf(c *fiber.Ctx, other *account.User, typed string) (int64, error) {
	id, err := number(typed)
	if err != nil {
		return 0, &errs.Error{Code: errs.NotFound, Sentence: "There is no such message.", Cause: err}
	}
	return h.Chat.SeqOf(c.UserContext(), currentUser(c), other, id)
}

// target is named for an action.
func (h messageActionHandlers) target(c *fiber.Ctx) (*account.User, int64, error) {
	other, seq, err := h.named(c)
	if err == nil {
		err = h.allow(c, messageActionsPerPerson, id(request.CurrentSession(c).UserID))
	}
	return other, seq, err
}

// update returns the handler of an action without fields.
func (h messageActionHandlers) update(act func(context.Context, *account.User, *account.User, int64) (*chat.Message, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		other, seq, err := h.target(c)
		if err != nil {
			return err
		}
		message, err := act(c.UserContext(), request.CurrentSession(c).User, other, seq)
		return h.answer(c, other, message, err)
	}
}

// react sets the viewer's reaction; without an emoji it takes it away.
func (h messageActionHandlers) react(c *fiber.Ctx) error {
	other, seq, err := h.target(c)
	if err != nil {
		return err
	}
	message, err := h.Chat.React(c.UserContext(), request.CurrentSession(c).User, other, seq, request.Field(c, "emoji"))
	return h.answer(c, other, message, err)
}

// save puts a message on the viewer's list or takes it off. Pages send the wished state, so that a repetition is
// harmless; a client without it changes what is.
func (h messageActionHandlers) save(c *fiber.Ctx) error {
	other, seq, err := h.target(c)
	if err != nil {
		return err
	}
	saved := false
	switch request.Field(c, "saved") {
	case "on":
		saved = true
	case "off":
	case "":
		now, err := h.Chat.Message(c.UserContext(), currentUser(c), other, seq)
		if err != nil {
			return err
		}
		saved = !now.Saved
	default:
		return errs.New(errs.Invalid, "A message can be saved or not, nothing else.")
	}
	message, err := h.Chat.Save(c.UserContext(), request.CurrentSession(c).User, other, seq, saved)
	return h.answer(c, other, message, err)
}

// answer renders the changed row. Without a script it redirects to the message in its conversation, or to the list that
// the form was on.
func (h messageActionHandlers) answer(c *fiber.Ctx, other *account.User, message *chat.Message, err error) error {
	if err != nil {
		return err
	}
	if request.Partial(c) {
		return h.parts(c, views.Rows(h.viewer(c), other, message.ConversationID, []chat.Message{*message}))
	}
	if from, err := url.Parse(c.Get("Referer")); err == nil && from.Path == "/saved" {
		return c.Redirect(from.Path, fiber.StatusSeeOther)
	}
	return c.Redirect(chatPath(other)+"?at="+id(message.Seq), fiber.StatusSeeOther)
}

// edit gives a message another text. A client that does not say at which revision its edit began edits what is.
func (h messageActionHandlers) edit(c *fiber.Ctx) error {
	other, seq, err := h.named(c)
	if err != nil {
		return err
	}
	message, err := h.change(c, other, seq)
	if err != nil {
		return h.showUnchanged(c, other, seq, err)
	}
	return h.answer(c, other, message, nil)
}

func (h messageActionHandlers) change(c *fiber.Ctx, other *account.User, seq int64) (*chat.Message, error) {
	user := request.CurrentSession(c).User
	if err := h.allow(c, messageActionsPerPerson, id(user.ID)); err != nil {
		return nil, err
	}
	var rev int64
	if typed := request.Field(c, "rev"); typed != "" {
		n, err := number(typed)
		if err != nil {
			return nil, &errs.Error{Code: errs.Invalid, Sentence: "The revision of this edit is invalid.", Cause: err}
		}
		rev = n
	} else {
		now, err := h.Chat.Message(c.UserContext(), user, other, seq)
		if err != nil {
			return nil, err
		}
		rev = now.Rev
	}
	return h.Chat.Edit(c.UserContext(), user, other, seq, rev, request.Field(c, "body"))
}

// showUnchanged shows a refused edit in the composer again: above it the text that the message has now. A script keeps
// the text itself and receives the error.
func (h messageActionHandlers) showUnchanged(c *fiber.Ctx, other *account.User, seq int64, err error) error {
	a := answerTo(err)
	if request.Partial(c) || a.status >= 500 || a.status == fiber.StatusNotFound || errors.Is(err, request.ErrOtherUser) {
		return err
	}
	viewer := h.viewer(c)
	unsent := views.Unsent{Body: request.Field(c, "body"), Why: a.sentence}
	if now, err := h.Chat.Message(c.UserContext(), viewer.User, other, seq); err == nil && h.Chat.MayEdit(viewer.User, now) {
		unsent.Mode.Edit = now
	}
	a.writeHead(c)
	return h.showConversation(c, viewer, other, place{}, unsent)
}
