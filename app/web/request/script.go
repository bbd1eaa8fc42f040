package request

import "github.com/gofiber/fiber/v2"

// Partial reports whether htmx sent the request and expects a part of the page.
func Partial(c *fiber.Ctx) bool { return c.Get("HX-Request") == "true" }

// Restored reports whether htmx requests a page that its history no longer holds. It expects the whole page.
func Restored(c *fiber.Ctx) bool { return c.Get("HX-History-Restore-Request") == "true" }

// Scripted reports whether a script sent the request. A script cannot follow a redirect to a page.
func Scripted(c *fiber.Ctx) bool { return Partial(c) || c.Get("Tus-Resumable") != "" }
