package web

import (
	"cmp"
	"slices"
	"time"

	"dchat/app/account"
	"dchat/app/web/request"
	"dchat/static"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type devHandlers struct{ *Web }

// letterPolicy is for letters as they look in a mail program: with styles of their own, and no script.
const letterPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-top-navigation"

// letters are all there are, with where their links would lead.
var letters = []account.Email{
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

func (h devHandlers) devLetters(c *fiber.Ctx) error {
	if !h.Dev {
		return fiber.ErrNotFound
	}
	names := make([]string, len(letters))
	for i, l := range letters {
		names[i] = l.Name
	}
	return h.page(c, views.Letters(names))
}

func (h devHandlers) devLetter(c *fiber.Ctx) error {
	i := slices.IndexFunc(letters, func(l account.Email) bool { return l.Name == request.Param(c, "name") })
	if !h.Dev || i < 0 {
		return fiber.ErrNotFound
	}
	letter := letters[i]
	letter.To = "ines@example.org"
	letter.User = &account.User{ID: 1, Username: "ines.moreau", DisplayName: "Ines Moreau", Email: letter.To, NewEmail: "ines@example.net"}
	written := views.NewLetter(&letter, cmp.Or(h.BaseURL, "http://localhost:8080"))
	if request.Query(c, "part") == "text" {
		c.Type("txt", "utf-8")
		return c.SendString(written.Text())
	}
	err := h.page(c, views.LetterPage(written))
	c.Set("Content-Security-Policy", letterPolicy)
	return err
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
