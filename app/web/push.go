package web

import (
	"time"

	"dchat/app/errs"
	"dchat/app/limit"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

type pushHandlers struct{ *Web }

// Push is what browsers need to be told of messages while no page is open.
type Push struct {
	// Key is the public key of this server, "" if nothing is pushed.
	Key string
	// Check returns an error for a subscription to which nothing can be sent.
	Check func(endpoint, p256dh, auth string) error
}

// A page subscribes when it is loaded, if the browser's subscription has changed.
var subscriptionsPerPerson = limit.Rule{Name: "subscription", Burst: 60, Per: time.Hour}

func (h pushHandlers) subscribe(c *fiber.Ctx) error {
	session := request.CurrentSession(c)
	if err := h.allow(c, subscriptionsPerPerson, id(session.UserID)); err != nil {
		return err
	}
	if h.Push.Key == "" {
		return errs.New(errs.Refused, "This server sends no notifications to browsers.")
	}
	endpoint, p256dh, auth := request.Field(c, "endpoint"), request.Field(c, "p256dh"), request.Field(c, "auth")
	if err := h.Push.Check(endpoint, p256dh, auth); err != nil {
		return &errs.Error{Code: errs.Invalid, Sentence: "The push service of this browser cannot be used.", Cause: err}
	}
	if err := h.Accounts.Subscribe(c.UserContext(), session, endpoint, p256dh, auth); err != nil {
		return err
	}
	return h.answer(c)
}

func (h pushHandlers) unsubscribe(c *fiber.Ctx) error {
	session := request.CurrentSession(c)
	if err := h.allow(c, subscriptionsPerPerson, id(session.UserID)); err != nil {
		return err
	}
	if err := h.Accounts.Unsubscribe(c.UserContext(), session.ID); err != nil {
		return err
	}
	return h.answer(c)
}

// answer has no content for a script.
func (h pushHandlers) answer(c *fiber.Ctx) error {
	if !request.Partial(c) {
		return c.Redirect("/settings", fiber.StatusSeeOther)
	}
	return h.parts(c)
}
