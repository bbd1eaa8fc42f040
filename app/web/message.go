package web

import (
	"cmp"
	"context"
	"errors"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// A person who types at full speed, ten messages a second, is never stopped; nor is a burst that a
// page has kept through an outage.
var messagesPerPerson = limit.Rule{Name: "message", Burst: 3000, Per: 5 * time.Minute}

// The same to one partner, whose page has to show them: two hundred at once, and ten a second after that.
// What comes too fast waits in the sender's outbox.
var messagesPerPair = limit.Rule{Name: "message-pair", Burst: 200, Per: 20 * time.Second}

// messages answers with a page of history, or with what is new since a revision.
func (w *Web) messages(c *fiber.Ctx) error {
	other, err := w.other(c)
	if err != nil {
		return err
	}
	if !partial(c) && c.Query("since") == "" {
		return c.Redirect(chatPath(other)+"?before="+c.Query("before", "0"), fiber.StatusSeeOther)
	}
	viewer := w.viewer(c)
	entry, err := w.Store.Entry(c.UserContext(), viewer.User, other)
	if err != nil {
		return err
	}
	if text := c.Query("since"); text != "" {
		return w.since(c, viewer, entry, text)
	}
	before, err := number(c.Query("before"))
	if err != nil {
		return err
	}
	page, err := w.Store.Before(c.UserContext(), entry.ConversationID, before, chat.PageSize)
	if err != nil {
		return err
	}
	return w.parts(c, views.OlderPage(viewer, entry, views.History{Messages: page.Messages, More: page.More, NewAfter: -1}))
}

func (w *Web) since(c *fiber.Ctx, viewer views.Viewer, entry chat.Entry, text string) error {
	rev, err := number(text)
	if err != nil {
		return err
	}
	missed, err := w.Store.Since(c.UserContext(), viewer.User, entry.ConversationID, rev)
	if err != nil {
		return err
	}
	return w.parts(c, views.Missed(viewer, missed))
}

func (w *Web) send(c *fiber.Ctx) error {
	other, err := w.other(c)
	if err != nil {
		return err
	}
	viewer := w.viewer(c)
	message, err := w.deliver(c, other)
	if err != nil {
		return w.unsent(c, viewer, other, err)
	}
	if !partial(c) {
		return c.Redirect(chatPath(other), fiber.StatusSeeOther)
	}
	return w.parts(c, views.Rows(viewer, other, message.ConversationID, []chat.Message{*message}))
}

// deliver reads a message and what comes with it: files as they arrive, and the names of others that
// came before.
func (w *Web) deliver(c *fiber.Ctx, other *chat.User) (message *chat.Message, err error) {
	me := id(mine(c).UserID)
	refused := w.allow(c, messagesPerPair, me+" "+id(other.ID))
	if refused == nil {
		refused = w.allow(c, messagesPerPerson, me)
	}
	p := &parcel{Web: w, user: mine(c).User, other: other, declared: int64(c.Request().Header.ContentLength())}
	defer func() { p.unpack(err == nil) }()
	err = readForm(c, 0, func(ctx context.Context, file upload) error {
		if refused != nil {
			return refused
		}
		return p.take(ctx, file)
	})
	if err = cmp.Or(refused, err); err != nil {
		return nil, err
	}
	key, err := chat.ParseKey(c.FormValue("key"))
	if err != nil {
		return nil, err
	}
	ids, err := p.attach(c, key)
	if err != nil {
		return nil, err
	}
	read, err := readBefore(c)
	if err != nil {
		return nil, err
	}
	return w.Store.SendHavingRead(c.UserContext(), mine(c).User, other, read, key, c.FormValue("body"), append(sentBefore(c), ids...)...)
}

// readBefore is up to where the page had shown the conversation when the message was written. Who does not
// say so has read everything.
func readBefore(c *fiber.Ctx) (int64, error) {
	typed := c.FormValue("read")
	if typed == "" {
		return chat.ReadAll, nil
	}
	seq, err := number(typed)
	if err != nil {
		return 0, &chat.Error{Code: chat.Invalid, Sentence: "The read position of this message is invalid.", Cause: err}
	}
	return seq, nil
}

// sentBefore are the ids of finished uploads in a form.
func sentBefore(c *fiber.Ctx) (ids []string) {
	for _, id := range c.Request().PostArgs().PeekMulti("attachment") {
		if len(id) > 0 {
			ids = append(ids, string(id))
		}
	}
	return ids
}

// unsent shows a message that could not be sent in its composer again, where no script keeps it.
func (w *Web) unsent(c *fiber.Ctx, viewer views.Viewer, other *chat.User, err error) error {
	a := answerTo(err)
	if partial(c) || a.status >= 500 || errors.Is(err, errOtherPerson) {
		return err
	}
	a.begin(c)
	unsent := views.Unsent{Body: c.FormValue("body"), Why: a.sentence}
	return w.showConversation(c, viewer, other, 0, unsent)
}
