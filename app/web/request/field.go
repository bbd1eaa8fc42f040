// Package request reads the fields, headers, session and host of a request.
package request

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Field returns a field of the form in the body. Fiber's FormValue would prefer the query, which may be logged,
// linked to, and made by others. The value may be any bytes: the domain validates it.
func Field(c *fiber.Ctx, name string) string {
	return string(c.Request().PostArgs().Peek(name))
}

// Switches sets what the checkboxes of a form say. One that the form does not name is off if it is the whole form, and
// stays as it is otherwise.
func Switches(c *fiber.Ctx, whole bool, boxes map[string]*bool) {
	for name, on := range boxes {
		if c.Request().PostArgs().Has(name) {
			*on = Field(c, name) != "off"
		} else if whole {
			*on = false
		}
	}
}

// Names reports whether a form has one of some fields.
func Names(c *fiber.Ctx, fields ...string) bool {
	return slices.ContainsFunc(fields, c.Request().PostArgs().Has)
}

// FieldIDs returns all values of a field that holds ids.
func FieldIDs(c *fiber.Ctx, name string) (ids []string) {
	for _, value := range c.Request().PostArgs().PeekMulti(name) {
		ids = append(ids, clean(string(value)))
	}
	return ids
}

// Query returns a value of the query, cleaned, or the default if it is absent.
func Query(c *fiber.Ctx, name string, otherwise ...string) string {
	return clean(c.Query(name, otherwise...))
}

// Param returns a parameter of the path, cleaned.
func Param(c *fiber.Ctx, name string) string { return clean(c.Params(name)) }

// Header returns a header that holds a name or an id, cleaned.
func Header(c *fiber.Ctx, name string) string { return clean(c.Get(name)) }

// clean replaces invalid UTF-8 and NUL by U+FFFD, which no name contains: the value matches nothing, and the database
// accepts it.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// Decimal writes a number as headers have it.
func Decimal(n int64) string { return strconv.FormatInt(n, 10) }
