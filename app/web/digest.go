package web

import (
	"strings"

	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type digestHandlers struct{ linkHandlers }

// unsubscribePath begins the path of the link that ends digests.
const unsubscribePath = "/email/unsubscribe/"

// authorisedByToken reports whether the path of a request holds all that authorises it. A mail program posts to it for its
// user, from no page and without a session (RFC 8058).
func authorisedByToken(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && strings.HasPrefix(c.Path(), unsubscribePath)
}

// unsubscribeLink shows a button: scanners of emails open links, too.
func (h digestHandlers) unsubscribeLink(c *fiber.Ctx) error {
	if err := h.allowLink(c); err != nil {
		return err
	}
	user, err := h.Accounts.DigestOf(c.UserContext(), request.Param(c, "token"))
	if err != nil {
		return h.invalidUnsubscribeLink(c, err)
	}
	return h.noStore(c, views.Unsubscribe(user.Username, user.DigestHours == 0))
}

// unsubscribe ends digests. The answer is a page for a person; a mail program reads its status only.
func (h digestHandlers) unsubscribe(c *fiber.Ctx) error {
	if err := h.allowLink(c); err != nil {
		return err
	}
	token := request.Param(c, "token")
	user, err := h.Accounts.DigestOf(c.UserContext(), token)
	if err == nil {
		err = h.Accounts.StopDigest(c.UserContext(), token)
	}
	if err != nil {
		return h.invalidUnsubscribeLink(c, err)
	}
	return h.noStore(c, views.Unsubscribe(user.Username, true))
}

func (h digestHandlers) invalidUnsubscribeLink(c *fiber.Ctx, err error) error {
	return h.invalidLink(c, err, views.Way{Label: "Open the settings", Path: "/settings"}, views.Way{Label: "Back to DChat", Path: "/"})
}
