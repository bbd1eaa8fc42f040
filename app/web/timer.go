package web

import (
	"slices"
	"time"

	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// timer sets after which time later messages of a conversation disappear.
func (h relationHandlers) timer(c *fiber.Ctx) error {
	other, err := h.other(c)
	if err != nil {
		return err
	}
	after, err := duration(request.Field(c, "after"))
	if err != nil {
		return err
	}
	if err := h.allow(c, messageActionsPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return err
	}
	entry, err := h.Chat.SetTimer(c.UserContext(), request.CurrentSession(c).User, other, after)
	if err != nil {
		return err
	}
	return h.answer(c, entry, views.TimerPart(entry))
}

// duration parses one of chat.Timers.
func duration(typed string) (time.Duration, error) {
	i := slices.IndexFunc(chat.Timers, func(after time.Duration) bool { return views.TimerValue(after) == typed })
	if i < 0 {
		return 0, errs.Field("after", "Messages can disappear after 1 day, 1 week or 4 weeks, or never.")
	}
	return chat.Timers[i], nil
}
