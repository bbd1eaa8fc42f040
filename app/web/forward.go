package web

import (
	"errors"
	"slices"
	"strconv"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// forward sends a message to other contacts of the viewer.
func (h messageActionHandlers) forward(c *fiber.Ctx) error {
	other, seq, err := h.target(c)
	if err != nil {
		return err
	}
	to, err := h.recipients(c)
	if err == nil {
		err = h.forwardTo(c, other, seq, to)
	}
	if err != nil {
		return h.showNotForwarded(c, other, seq, err)
	}
	if request.Partial(c) {
		c.Set("HX-Reswap", "none")
		return h.parts(c, views.Notice(forwarded(to)))
	}
	if len(to) == 1 {
		return c.Redirect(chatPath(to[0]), fiber.StatusSeeOther)
	}
	return c.Redirect(chatPath(other)+"?at="+id(seq), fiber.StatusSeeOther)
}

func (h messageActionHandlers) forwardTo(c *fiber.Ctx, other *account.User, seq int64, to []*account.User) error {
	key, err := chat.ParseKey(request.Field(c, "key"))
	if err != nil {
		return err
	}
	return h.Chat.Forward(c.UserContext(), request.CurrentSession(c).User, other, seq, to, key)
}

// recipients returns the people named in the form. Each of them counts as for a message of its own. Those beyond what the
// domain allows are left out, but for one: it refuses them all then.
func (h messageActionHandlers) recipients(c *fiber.Ctx) ([]*account.User, error) {
	names := request.FieldIDs(c, "to")
	slices.Sort(names)
	names = slices.Compact(names)
	var to []*account.User
	for _, name := range names[:min(len(names), chat.MaxForward+1)] {
		other, err := h.Chat.Person(c.UserContext(), request.CurrentSession(c).User, name)
		if err == nil {
			err = h.allowMessage(c, other)
		}
		if err != nil {
			return nil, err
		}
		to = append(to, other)
	}
	return to, nil
}

// showNotForwarded shows the page of the message again, with the contacts as they were chosen.
func (h messageActionHandlers) showNotForwarded(c *fiber.Ctx, other *account.User, seq int64, err error) error {
	a := answerTo(err)
	if request.Partial(c) || a.status >= 500 || errors.Is(err, request.ErrOtherUser) {
		return err
	}
	form := views.ForwardForm{Key: request.Field(c, "key"), Why: a.sentence, Chosen: map[string]bool{}}
	for _, name := range request.FieldIDs(c, "to") {
		form.Chosen[name] = true
	}
	a.writeHead(c)
	return h.showMessage(c, other, seq, form)
}

func forwarded(to []*account.User) string {
	if len(to) == 1 {
		return "Forwarded to " + to[0].DisplayName + "."
	}
	return "Forwarded to " + strconv.Itoa(len(to)) + " people."
}
