package web

import (
	"context"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/views"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

var (
	requestsPerPerson = limit.Rule{Name: "request", Burst: 50, Per: time.Hour}
	requestsPerPair   = limit.Rule{Name: "request-pair", Burst: 5, Per: time.Hour} // each moves the other's page
	requestsPerPlace  = limit.Rule{Name: "request-place", Burst: 200, Per: time.Hour}
	actionsPerPerson  = limit.Rule{Name: "action", Burst: 300, Per: 5 * time.Minute}
	readsPerPerson    = limit.Rule{Name: "read", Burst: 3000, Per: 5 * time.Minute}
)

func (w *Web) ask(c *fiber.Ctx) error {
	other, err := w.other(c)
	if err != nil {
		return err
	}
	me := id(mine(c).UserID)
	if err := w.allow(c, requestsPerPair, me+" "+id(other.ID)); err != nil {
		return err
	}
	if err := w.allow(c, requestsPerPerson, me); err != nil {
		return err
	}
	if err := w.allow(c, requestsPerPlace, place(c)); err != nil {
		return err
	}
	return w.settle(w.Store.Ask)(c)
}

// settle is the handler of every action on a relation: it answers with what the viewer's own page
// shows now. (The stream brings the same to their other pages, and the other's to the other.)
func (w *Web) settle(act func(context.Context, *chat.User, *chat.User) (chat.Entry, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		other, err := w.other(c)
		if err != nil {
			return err
		}
		if err := w.allow(c, actionsPerPerson, id(mine(c).UserID)); err != nil {
			return err
		}
		entry, err := act(c.UserContext(), mine(c).User, other)
		if err != nil {
			return err
		}
		return w.settled(c, entry, views.RelationParts(w.viewer(c), entry))
	}
}

func (w *Web) read(c *fiber.Ctx) error {
	other, err := w.other(c)
	if err != nil {
		return err
	}
	seq, err := number(field(c, "seq"))
	if err != nil {
		return &chat.Error{Code: chat.Invalid, Sentence: "It is not said up to where the conversation was read.", Cause: err}
	}
	if err := w.allow(c, readsPerPerson, id(mine(c).UserID)); err != nil {
		return err
	}
	entry, err := w.Store.MarkRead(c.UserContext(), mine(c).User, other, seq)
	if err != nil {
		return err
	}
	return w.settled(c, entry)
}

// settled answers with the viewer's sidebar as it is now and whatever else has changed, or, without
// a script, with the page that the form was on.
func (w *Web) settled(c *fiber.Ctx, entry chat.Entry, more ...templ.Component) error {
	if !partial(c) {
		return c.Redirect(returnTo(c, entry.Other), fiber.StatusSeeOther)
	}
	if entry.Version > 0 { // what the stream has brought since must not be undone
		c.Set("DChat-Version", id(entry.Version))
	}
	return w.parts(c, append([]templ.Component{views.EntryParts(w.viewer(c), entry, time.Now())}, more...)...)
}
