package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"dchat/app/account"
	"dchat/app/web/request"
	"dchat/static"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type devHandlers struct{ *Web }

// emailPolicy lets an email look as in a mail program: with its own styles and without scripts.
const emailPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-top-navigation"

// emails lists all emails, with examples of the paths that they link to.
var emails = []account.Email{
	{Name: account.EmailVerify, Path: "/verify/example"},
	{Name: account.EmailKnown, Path: "/login"},
	{Name: account.EmailReset, Path: "/password/reset/example"},
	{Name: account.EmailPasswordChanged},
	{Name: account.EmailConfirm, Path: "/email/confirm/example"},
	{Name: account.EmailChangeRequested},
	{Name: account.EmailChanged},
	{Name: account.EmailDeleted},
	{Name: account.EmailExport, Path: "/settings"},
}

func (h devHandlers) devEmails(c *fiber.Ctx) error {
	if !h.Dev {
		return fiber.ErrNotFound
	}
	names := make([]string, len(emails))
	for i, e := range emails {
		names[i] = e.Name
	}
	return h.page(c, views.Emails(slices.Concat(names, []string{digestEmail})))
}

// digestEmail names the email about unread messages.
const digestEmail = "digest"

// exampleEmail returns an example of an email.
func (h devHandlers) exampleEmail(name string) (written views.Email, ok bool) {
	home := cmp.Or(h.BaseURL, "http://localhost:8080")
	if name == digestEmail {
		return views.ExampleDigest(home), true
	}
	i := slices.IndexFunc(emails, func(e account.Email) bool { return e.Name == name })
	if i < 0 {
		return written, false
	}
	email := emails[i]
	email.To = "ines@example.org"
	email.User = &account.User{ID: 1, Username: "ines.moreau", DisplayName: "Ines Moreau", Email: email.To, NewEmail: "ines@example.net"}
	return views.NewEmail(&email, home), true
}

func (h devHandlers) devEmail(c *fiber.Ctx) error {
	written, ok := h.exampleEmail(request.Param(c, "name"))
	if !h.Dev || !ok {
		return fiber.ErrNotFound
	}
	if request.Query(c, "part") == "text" {
		c.Type("txt", "utf-8")
		return c.SendString(written.Text())
	}
	err := h.page(c, views.EmailPage(written))
	c.Set("Content-Security-Policy", emailPolicy)
	return err
}

// devLetters redirects from the former addresses of the emails.
func (h devHandlers) devLetters(c *fiber.Ctx) error {
	if !h.Dev {
		return fiber.ErrNotFound
	}
	return c.Redirect(strings.Replace(c.OriginalURL(), "/dev/letters", "/dev/emails", 1), fiber.StatusMovedPermanently)
}

func (h devHandlers) devViews(c *fiber.Ctx) error {
	if !h.Dev {
		return fiber.ErrNotFound
	}
	picture := func(int64, string, string) string { return static.URL("icon-512.png") }
	return h.page(c, views.Components(picture, time.Now()))
}

// devWait is how long a page waits for an edit before it asks again.
const devWait = 20 * time.Second

// devState answers when the page that asks is not up to date.
func (h devHandlers) devState(c *fiber.Ctx) error {
	if !h.Dev || !static.Watched() {
		return fiber.ErrNotFound
	}
	c.Set("Cache-Control", "no-store")
	if now, edited := h.awaitEdit(static.State{Page: request.Query(c, "page"), Style: request.Query(c, "style")}); edited {
		return c.JSON(now)
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// awaitEdit waits until the state differs from that of a page. It returns after devWait, and when the server drains.
func (h devHandlers) awaitEdit(has static.State) (now static.State, edited bool) {
	for until := time.After(devWait); ; {
		now, changed := static.Now()
		if now != has {
			return now, true
		}
		select {
		case <-changed:
		case <-h.drained:
			return now, false
		case <-until:
			return now, false
		}
	}
}
