package web

import (
	"cmp"
	"slices"
	"time"

	"dchat/app/chat"
	"dchat/static"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// letterPolicy is for letters as they look in a mail program: with styles of their own, and no script.
const letterPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-top-navigation"

// letters are all there are, with where their links would lead.
var letters = []chat.Letter{
	{Name: chat.LetterVerify, Path: "/verify/example"},
	{Name: chat.LetterKnown, Path: "/login"},
	{Name: chat.LetterReset, Path: "/password/reset/example"},
	{Name: chat.LetterPassword},
	{Name: chat.LetterEmailConfirm, Path: "/email/confirm/example"},
	{Name: chat.LetterEmailAsked},
	{Name: chat.LetterEmailChanged},
	{Name: chat.LetterDeleted},
	{Name: chat.LetterExport, Path: "/settings"},
}

func (w *Web) devLetters(c *fiber.Ctx) error {
	if !w.Dev {
		return fiber.ErrNotFound
	}
	names := make([]string, len(letters))
	for i, l := range letters {
		names[i] = l.Name
	}
	return w.page(c, views.Letters(names))
}

func (w *Web) devLetter(c *fiber.Ctx) error {
	i := slices.IndexFunc(letters, func(l chat.Letter) bool { return l.Name == param(c, "name") })
	if !w.Dev || i < 0 {
		return fiber.ErrNotFound
	}
	letter := letters[i]
	letter.To = "ines@example.org"
	letter.User = &chat.User{ID: 1, Username: "ines.moreau", DisplayName: "Ines Moreau", Email: letter.To, NewEmail: "ines@example.net"}
	written := views.NewLetter(&letter, cmp.Or(w.BaseURL, "http://localhost:8080"))
	if query(c, "part") == "text" {
		c.Type("txt", "utf-8")
		return c.SendString(written.Text())
	}
	err := w.page(c, views.LetterPage(written))
	c.Set("Content-Security-Policy", letterPolicy)
	return err
}

func (w *Web) devViews(c *fiber.Ctx) error {
	if !w.Dev {
		return fiber.ErrNotFound
	}
	picture := func(int64, string, string) string { return static.URL("icon-512.png") }
	return w.page(c, views.Components(picture, time.Now()))
}

// devWait is how long a page waits for an edit before it asks again.
const devWait = 20 * time.Second

// devState answers when the page that asks is not up to date.
func (w *Web) devState(c *fiber.Ctx) error {
	if !w.Dev || !static.Watched() {
		return fiber.ErrNotFound
	}
	c.Set("Cache-Control", "no-store")
	if now, edited := w.awaitEdit(static.State{Page: query(c, "page"), Style: query(c, "style")}); edited {
		return c.JSON(now)
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// awaitEdit waits for another state than a page has, for a time, and no longer than this server runs: the next one starts
// when it has ended.
func (w *Web) awaitEdit(has static.State) (now static.State, edited bool) {
	for until := time.After(devWait); ; {
		now, changed := static.Now()
		if now != has {
			return now, true
		}
		select {
		case <-changed:
		case <-w.drained:
			return now, false
		case <-until:
			return now, false
		}
	}
}
