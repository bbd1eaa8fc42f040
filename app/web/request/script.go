package request

import "github.com/gofiber/fiber/v2"

// Partial reports whether htmx sent the request and expects a part of the page.
func Partial(c *fiber.Ctx) bool { return c.Get("HX-Request") == "true" }

// Restored reports whether the browser goes back in its history.
func Restored(c *fiber.Ctx) bool { return c.Get("HX-History-Restore-Request") == "true" }

// Scripted reports whether a script sent the request. A script cannot follow a redirect to a page.
func Scripted(c *fiber.Ctx) bool { return Partial(c) || c.Get("Tus-Resumable") != "" }
