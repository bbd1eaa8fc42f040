package web

import (
	"strings"

	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// sharePath is where another program of the device sends what a person shares with DChat. In browsers with the service
// worker only the GET arrives here: the worker keeps what is shared, with its files, for the page.
const sharePath = "/share"

// showsOnly reports whether a POST changes nothing. What a person shares comes from the system, without an Origin; a page of
// another site that posts here comes without the cookie of the session.
func showsOnly(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && c.Path() == sharePath
}

type shareHandlers struct{ messageActionHandlers }

// share shows what is shared, and the contacts to whom it can be sent.
func (h shareHandlers) share(c *fiber.Ctx) error {
	contacts, err := h.contacts(c, currentUser(c))
	if err != nil {
		return err
	}
	read := request.Field
	if c.Method() != fiber.MethodPost {
		read = func(c *fiber.Ctx, name string) string { return request.Query(c, name) }
	}
	page := views.SharePage{
		Viewer: h.viewer(c), Contacts: contacts, Key: uuid.NewString(),
		Body: shareText(read(c, "title"), read(c, "text"), read(c, "url")),
	}
	return h.pane(c, "Share", 0, views.Share(page))
}

// shareText joins what programs send, which repeat themselves often.
func shareText(parts ...string) string {
	var lines []string
	for i, part := range parts {
		part = strings.TrimSpace(strings.ToValidUTF8(part, "\uFFFD"))
		others := append(append([]string{}, lines...), parts[i+1:]...)
		if part != "" && !strings.Contains(strings.Join(others, "\n"), part) {
			lines = append(lines, part)
		}
	}
	return strings.Join(lines, "\n")
}
