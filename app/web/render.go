package web

import (
	"net/url"
	"strconv"
	"time"

	"dchat/app/chat"
	"dchat/app/live"
	"dchat/views"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

// partial reports whether the page's script asks, and wants a piece of the page.
func partial(c *fiber.Ctx) bool { return c.Get("HX-Request") == "true" }

// restored reports whether the browser goes back in its history.
func restored(c *fiber.Ctx) bool { return c.Get("HX-History-Restore-Request") == "true" }

// page answers with a whole document.
func (w *Web) page(c *fiber.Ctx, component templ.Component) error {
	c.Set("Cache-Control", "private, no-cache")
	c.Vary("HX-Request")
	c.Type("html", "utf-8")
	return component.Render(renderContext(c), c)
}

// parts answers with pieces of the page.
func (w *Web) parts(c *fiber.Ctx, components ...templ.Component) error {
	c.Set("Cache-Control", "private, no-cache")
	c.Vary("HX-Request")
	c.Type("html", "utf-8")
	for _, component := range components {
		if err := component.Render(renderContext(c), c); err != nil {
			return err
		}
	}
	return nil
}

// pane answers with a pane: alone, or in its shell.
func (w *Web) pane(c *fiber.Ctx, title string, with int64, pane, alone templ.Component) error {
	if partial(c) {
		return w.parts(c, alone)
	}
	return w.shell(c, views.ShellPage{Title: title, With: with, Pane: pane})
}

// shell completes a signed-in person's page with what all of them show.
func (w *Web) shell(c *fiber.Ctx, page views.ShellPage) error {
	page.Me, page.Now = w.viewer(c), time.Now()
	all, err := w.Store.Missed(c.UserContext(), page.Me.User, chat.Seen{}, true)
	if err != nil {
		return err
	}
	page.Entries, page.Requests = all.Entries, all.Requests
	page.Cursor = live.Cursor{Epoch: w.Epoch, Version: all.Version}.String()
	return w.page(c, views.Shell(page))
}

// redirect sends the browser to another page of ours.
func (w *Web) redirect(c *fiber.Ctx, path string) error {
	if partial(c) {
		c.Set("HX-Redirect", path)
		return c.SendStatus(fiber.StatusOK)
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}

func chatPath(other *chat.User) string { return "/chats/" + url.PathEscape(other.Username) }

// returnTo is where an action without a script leads: to the page it came from, if that was a
// profile, else to the conversation.
func returnTo(c *fiber.Ctx, other *chat.User) string {
	if from, err := url.Parse(c.Get("Referer")); err == nil {
		switch from.Path {
		case "/", "/profile", "/people/" + other.Username:
			return from.Path
		}
	}
	return chatPath(other)
}

func id(n int64) string { return strconv.FormatInt(n, 10) }
