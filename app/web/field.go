package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// All that people send is read here, so that no value comes from where it does not belong, and none
// that names something reaches the database in a form that it cannot take.

// field is a text of the form that the body brings; what the address says does not count. (Fiber's
// FormValue believes the address first.) It may be any bytes: the domain says what is wrong with it.
func field(c *fiber.Ctx, name string) string {
	return string(c.Request().PostArgs().Peek(name))
}

// fieldIDs are all values of a field that names something.
func fieldIDs(c *fiber.Ctx, name string) (ids []string) {
	for _, value := range c.Request().PostArgs().PeekMulti(name) {
		ids = append(ids, clean(string(value)))
	}
	return ids
}

// query is a value of the address, or what stands for it if it is not there.
func query(c *fiber.Ctx, name string, otherwise ...string) string {
	return clean(c.Query(name, otherwise...))
}

// param is a part of the path.
func param(c *fiber.Ctx, name string) string { return clean(c.Params(name)) }

// header is a header that names something.
func header(c *fiber.Ctx, name string) string { return clean(c.Get(name)) }

// clean puts in the place of what is no text a character that no name has: it finds nothing.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
