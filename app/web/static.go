package web

import (
	"dchat/static"

	"github.com/gofiber/fiber/v2"
)

// serveStatic serves files whose names change with their content, so browsers may cache them forever.
func serveStatic(c *fiber.Ctx) error {
	body, contentType, encoding, ok := static.Lookup(c.Path(), c.Get("Accept-Encoding"))
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set("Cache-Control", "public, max-age=31536000, immutable")
	c.Set("Content-Type", contentType)
	c.Vary("Accept-Encoding")
	if encoding != "" {
		c.Set("Content-Encoding", encoding)
	}
	return c.Send(body)
}

// serveWorker serves the service worker. Its address stays the same, so browsers ask for it again; it may act for the
// whole site.
func serveWorker(c *fiber.Ctx) error {
	body, contentType, encoding, ok := static.Lookup(static.URL("worker.js"), c.Get("Accept-Encoding"))
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set("Cache-Control", "no-cache")
	c.Set("Content-Type", contentType)
	c.Vary("Accept-Encoding")
	if encoding != "" {
		c.Set("Content-Encoding", encoding)
	}
	return c.Send(body)
}
