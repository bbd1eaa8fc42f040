package web

import (
	"context"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

type relationHandlers struct{ *Web }

var (
	requestsPerPerson = limit.Rule{Name: "request", Burst: 50, Per: time.Hour}
	requestsPerPair   = limit.Rule{Name: "request-pair", Burst: 5, Per: time.Hour} // each changes the other user's page
	requestsPerPlace  = limit.Rule{Name: "request-place", Burst: 200, Per: time.Hour}
	actionsPerPerson  = limit.Rule{Name: "action", Burst: 300, Per: 5 * time.Minute}
	readsPerPerson    = limit.Rule{Name: "read", Burst: 3000, Per: 5 * time.Minute}
)

func (h relationHandlers) request(c *fiber.Ctx) error {
	other, err := h.other(c)
	if err != nil {
		return err
	}
	me := id(request.CurrentSession(c).UserID)
	if err := h.allow(c, requestsPerPair, me+" "+id(other.ID)); err != nil {
		return err
	}
	if err := h.allow(c, requestsPerPerson, me); err != nil {
		return err
	}
	if err := h.allow(c, requestsPerPlace, request.Place(c)); err != nil {
		return err
	}
	return h.update(h.Chat.SendRequest)(c)
}

// update returns the handler of an action on a relation. It answers with the changed parts of this page. The socket
// updates the viewer's other pages and those of the other user.
func (h relationHandlers) update(act func(context.Context, *account.User, *account.User) (chat.Entry, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		other, err := h.other(c)
		if err != nil {
			return err
		}
		if err := h.allow(c, actionsPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
			return err
		}
		entry, err := act(c.UserContext(), request.CurrentSession(c).User, other)
		if err != nil {
			return err
		}
		return h.answer(c, entry, views.RelationParts(h.viewer(c), entry))
	}
}

func (h relationHandlers) read(c *fiber.Ctx) error {
	other, err := h.other(c)
	if err != nil {
		return err
	}
	seq, err := number(request.Field(c, "seq"))
	if err != nil {
		return &errs.Error{Code: errs.Invalid, Sentence: "Missing read position.", Cause: err}
	}
	if err := h.allow(c, readsPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return err
	}
	entry, err := h.Chat.MarkRead(c.UserContext(), request.CurrentSession(c).User, other, seq)
	if err != nil {
		return err
	}
	return h.answer(c, entry)
}

// answer renders the sidebar entry and other changed parts. Without a script it redirects to the page of the form.
func (h relationHandlers) answer(c *fiber.Ctx, entry chat.Entry, more ...templ.Component) error {
	if !request.Partial(c) {
		return c.Redirect(returnTo(c, entry.Other), fiber.StatusSeeOther)
	}
	if entry.Version > 0 { // lets the page ignore this answer where the socket has delivered newer parts
		c.Set("DChat-Version", id(entry.Version))
	}
	return h.parts(c, append([]templ.Component{views.EntryParts(h.viewer(c), entry, time.Now())}, more...)...)
}
