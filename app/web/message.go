package web

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/app/web/upload"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type messageHandlers struct{ conversationHandlers }

// messagesPerPerson allows ten messages a second for the whole time, and a burst that a page has kept during an
// outage.
var messagesPerPerson = limit.Rule{Name: "message", Burst: 3000, Per: 5 * time.Minute}

// messagesPerPair limits messages to one user, whose page has to show them: a burst of 200, then ten a second. The
// sender's outbox retries refused messages.
var messagesPerPair = limit.Rule{Name: "message-pair", Burst: 200, Per: 20 * time.Second}

// messages answers with a page of history, or with the changes since a revision.
func (h messageHandlers) messages(c *fiber.Ctx) error {
	other, err := h.other(c)
	if err != nil {
		return err
	}
	if !request.Partial(c) && request.Query(c, "since") == "" {
		return h.redirectToPage(c, other)
	}
	viewer := h.viewer(c)
	entry, err := h.Chat.Entry(c.UserContext(), viewer.User, other)
	if err != nil {
		return err
	}
	if text := request.Query(c, "since"); text != "" {
		return h.since(c, viewer, entry, text)
	}
	if text := request.Query(c, "after"); text != "" {
		return h.newer(c, viewer, entry, text)
	}
	before, err := number(request.Query(c, "before"))
	if err != nil {
		return err
	}
	page, err := h.Chat.Before(c.UserContext(), viewer.User, entry.ConversationID, before, chat.PageSize)
	if err != nil {
		return err
	}
	return h.parts(c, views.OlderPage(viewer, entry, views.History{Messages: page.Messages, More: page.More, NewAfter: -1}))
}

// newer answers with the page of messages after a Seq.
func (h messageHandlers) newer(c *fiber.Ctx, viewer views.Viewer, entry chat.Entry, text string) error {
	after, err := number(text)
	if err != nil {
		return err
	}
	history, err := h.later(c, viewer, entry, after)
	if err != nil {
		return err
	}
	return h.parts(c, views.NewerPage(viewer, entry, history))
}

// redirectToPage redirects a browser without a script to the page around a page of messages.
func (h messageHandlers) redirectToPage(c *fiber.Ctx, other *account.User) error {
	path := chatPath(other) + "?before=" + url.QueryEscape(request.Query(c, "before", "0"))
	if after := request.Query(c, "after"); after != "" {
		path = chatPath(other) + "?after=" + url.QueryEscape(after)
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}

func (h messageHandlers) since(c *fiber.Ctx, viewer views.Viewer, entry chat.Entry, text string) error {
	rev, err := number(text)
	if err != nil {
		return err
	}
	missed, err := h.Chat.Since(c.UserContext(), viewer.User, entry.ConversationID, rev)
	if err != nil {
		return err
	}
	return h.parts(c, views.Missed(viewer, missed))
}

func (h messageHandlers) send(c *fiber.Ctx) error {
	other, err := h.other(c)
	if err != nil {
		return err
	}
	viewer := h.viewer(c)
	message, err := h.deliver(c, other)
	if err != nil {
		return h.showUnsent(c, viewer, other, err)
	}
	if !request.Partial(c) {
		return c.Redirect(chatPath(other), fiber.StatusSeeOther)
	}
	return h.parts(c, views.Rows(viewer, other, message.ConversationID, []chat.Message{*message}))
}

// deliver reads and sends a message, with the files in its form and those uploaded before.
func (h messageHandlers) deliver(c *fiber.Ctx, other *account.User) (message *chat.Message, err error) {
	refused := h.allowMessage(c, other)
	files := h.uploads.NewMessage(c, request.CurrentSession(c).User, other)
	defer func() { files.Close(err == nil) }()
	err = upload.Form(c, 0, func(ctx context.Context, file upload.File) error {
		if refused != nil {
			return refused
		}
		return files.Take(ctx, file)
	})
	if err = cmp.Or(refused, err); err != nil {
		return nil, err
	}
	key, err := chat.ParseKey(request.Field(c, "key"))
	if err != nil {
		return nil, err
	}
	ids, err := files.Attach(c, key)
	if err != nil {
		return nil, err
	}
	read, err := readPosition(c)
	if err != nil {
		return nil, err
	}
	reply, err := h.replied(c, other)
	if err != nil {
		return nil, err
	}
	return h.Chat.SendMessage(c.UserContext(), request.CurrentSession(c).User, other, chat.Outgoing{
		Key: key, Body: request.Field(c, "body"), Attachments: append(finishedUploads(c), ids...), Reply: reply, Read: read,
	})
}

// allowMessage counts a message to another user.
func (h conversationHandlers) allowMessage(c *fiber.Ctx, other *account.User) error {
	me := id(request.CurrentSession(c).UserID)
	if err := h.allow(c, messagesPerPair, me+" "+id(other.ID)); err != nil {
		return err
	}
	return h.allow(c, messagesPerPerson, me)
}

// readPosition returns the position up to which the page had shown the conversation when the message was written. A
// form without a position counts as read to the end.
func readPosition(c *fiber.Ctx) (int64, error) {
	typed := request.Field(c, "read")
	if typed == "" {
		return chat.ReadAll, nil
	}
	seq, err := number(typed)
	if err != nil {
		return 0, &errs.Error{Code: errs.Invalid, Sentence: "The read position of this message is invalid.", Cause: err}
	}
	return seq, nil
}

// finishedUploads returns the ids of finished uploads in a form.
func finishedUploads(c *fiber.Ctx) (ids []string) {
	for _, id := range request.FieldIDs(c, "attachment") {
		if id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// showUnsent shows a refused message in its composer again. A script keeps the message itself and receives the error.
func (h messageHandlers) showUnsent(c *fiber.Ctx, viewer views.Viewer, other *account.User, err error) error {
	a := answerTo(err)
	if request.Partial(c) || a.status >= 500 || errors.Is(err, request.ErrOtherUser) {
		return err
	}
	a.writeHead(c)
	unsent := views.Unsent{Body: request.Field(c, "body"), Why: a.sentence, Mode: h.answered(c, viewer, other)}
	return h.showConversation(c, viewer, other, place{}, unsent)
}
