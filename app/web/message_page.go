package web

import (
	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// messagePage shows one message, what is known about it, and every action as a form.
func (h messageActionHandlers) messagePage(c *fiber.Ctx) error {
	other, seq, err := h.named(c)
	if err != nil {
		return err
	}
	return h.showMessage(c, other, seq, views.ForwardForm{Key: uuid.NewString()})
}

func (h messageActionHandlers) showMessage(c *fiber.Ctx, other *account.User, seq int64, form views.ForwardForm) error {
	ctx, viewer := c.UserContext(), h.viewer(c)
	message, err := h.Chat.Message(ctx, viewer.User, other, seq)
	if err != nil {
		return err
	}
	page := views.MessagePage{Viewer: viewer, Message: message, MayEdit: h.Chat.MayEdit(viewer.User, message), Forward: form}
	if page.Entry, err = h.Chat.Entry(ctx, viewer.User, other); err != nil {
		return err
	}
	if page.ReadAt, err = h.Chat.ReadAt(ctx, viewer.User, &page.Entry, message); err != nil {
		return err
	}
	if page.Edits, err = h.Chat.Edits(ctx, message); err != nil {
		return err
	}
	if page.Forward.Contacts, err = h.contacts(c, other); err != nil {
		return err
	}
	return h.pane(c, "Message", 0, views.MessagePane(page))
}

// contacts returns the viewer's contacts but one, the latest first.
func (h messageActionHandlers) contacts(c *fiber.Ctx, but *account.User) ([]*account.User, error) {
	all, err := h.Chat.Delta(c.UserContext(), request.CurrentSession(c).User, chat.Position{}, true)
	if err != nil {
		return nil, err
	}
	var list []*account.User
	for i := range all.Entries {
		if e := &all.Entries[i]; e.Standing == chat.InContact && e.Other.ID != but.ID {
			list = append(list, e.Other)
		}
	}
	return list, nil
}
