package web

import (
	"context"
	"slices"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// sideHandlers change how the viewer keeps a conversation.
type sideHandlers struct{ relationHandlers }

type actFunc = func(context.Context, *account.User, *account.User) (chat.Entry, error)

func (h sideHandlers) mute(c *fiber.Ctx) error {
	typed := request.Field(c, "for")
	i := slices.IndexFunc(chat.Mutes, func(length time.Duration) bool { return views.MuteValue(length) == typed })
	if i < 0 {
		return errs.Field("for", "A conversation can be muted for 1 hour, for 8 hours or always, or not at all.")
	}
	return h.act(c, func(ctx context.Context, viewer, other *account.User) (chat.Entry, error) {
		return h.Chat.Mute(ctx, viewer, other, chat.Mutes[i])
	})
}

func (h sideHandlers) pin(c *fiber.Ctx) error {
	return h.turn(c, "pinned", h.Chat.Pin, func(e chat.Entry) bool { return e.Pinned })
}

func (h sideHandlers) archive(c *fiber.Ctx) error {
	return h.turn(c, "archived", h.Chat.Archive, func(e chat.Entry) bool { return e.Archived })
}

// unread leaves the conversation without a script: one who stays there looks at it.
func (h sideHandlers) unread(c *fiber.Ctx) error {
	if request.Partial(c) {
		return h.act(c, h.Chat.MarkUnread)
	}
	other, err := h.other(c)
	if err != nil {
		return err
	}
	if err := h.allow(c, actionsPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return err
	}
	if _, err := h.Chat.MarkUnread(c.UserContext(), currentUser(c), other); err != nil {
		return err
	}
	return c.Redirect("/", fiber.StatusSeeOther)
}

// turn switches something on or off as a field says, or changes what is.
func (h sideHandlers) turn(c *fiber.Ctx, field string, set func(context.Context, *account.User, *account.User, bool) (chat.Entry, error), is func(chat.Entry) bool) error {
	typed := request.Field(c, field)
	if typed != "on" && typed != "off" && typed != "" {
		return errs.Field(field, "This can be on or off, nothing else.")
	}
	return h.act(c, func(ctx context.Context, viewer, other *account.User) (chat.Entry, error) {
		on := typed == "on"
		if typed == "" {
			now, err := h.Chat.Entry(ctx, viewer, other)
			if err != nil {
				return now, err
			}
			on = !is(now)
		}
		return set(ctx, viewer, other, on)
	})
}

// act answers with the row of the sidebar and with the menu of the conversation.
func (h sideHandlers) act(c *fiber.Ctx, act actFunc) error {
	other, err := h.other(c)
	if err != nil {
		return err
	}
	if err := h.allow(c, actionsPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return err
	}
	entry, err := act(c.UserContext(), currentUser(c), other)
	if err != nil {
		return err
	}
	return h.answer(c, entry, views.SidePart(entry))
}
