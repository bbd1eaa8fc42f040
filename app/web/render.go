package web

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/live"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

// page answers with a whole document.
func (w *Web) page(c *fiber.Ctx, component templ.Component) error {
	c.Set("Cache-Control", "private, no-cache")
	c.Vary("HX-Request")
	c.Type("html", "utf-8")
	return component.Render(renderContext(c), c)
}

// noStore answers with a document that no cache may keep, because it asks for a password or is behind a secret link.
func (w *Web) noStore(c *fiber.Ctx, component templ.Component) error {
	err := w.page(c, component)
	c.Set("Cache-Control", "no-store")
	return err
}

// parts answers with parts of the page.
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

// pane answers htmx with a pane, and other requests with the whole page around it.
func (w *Web) pane(c *fiber.Ctx, title string, with int64, pane templ.Component) error {
	if request.Partial(c) {
		return w.parts(c, views.TitledPart(title, pane))
	}
	return w.shell(c, views.ShellPage{Title: title, With: with, Pane: pane})
}

// shell answers with a signed-in user's page. It adds the sidebar and the cursor, which all these pages have.
func (w *Web) shell(c *fiber.Ctx, page views.ShellPage) error {
	page.Me, page.Now, page.PushKey = w.viewer(c), time.Now(), w.Push.Key
	all, err := w.Chat.Delta(c.UserContext(), page.Me.User, chat.Position{}, true)
	if err != nil {
		return err
	}
	page.Entries, page.Requests = all.Entries, all.Requests
	page.Cursor = live.Cursor{Epoch: w.Epoch, Version: all.Version}.String()
	return w.page(c, views.Shell(page))
}

// redirect sends the browser to another page of this site.
func (w *Web) redirect(c *fiber.Ctx, path string) error {
	if request.Partial(c) {
		c.Set("HX-Redirect", path)
		return c.SendStatus(fiber.StatusOK)
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}

func chatPath(other *account.User) string { return "/chats/" + url.PathEscape(other.Username) }

// returnTo returns the page to show after an action without a script: the start page or profile that the form was
// on, else the conversation.
func returnTo(c *fiber.Ctx, other *account.User) string {
	if from, err := url.Parse(c.Get("Referer")); err == nil {
		switch from.Path {
		case "/", "/profile", "/people/" + other.Username:
			return from.Path
		}
	}
	return chatPath(other)
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

// renderContext names the user of the session for views.
func renderContext(c *fiber.Ctx) context.Context {
	if session := request.CurrentSession(c); session != nil {
		return views.For(c.UserContext(), session.User.Username)
	}
	return c.UserContext()
}
