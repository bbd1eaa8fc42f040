package request

import (
	"errors"
	"strings"

	"dchat/app/account"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// A browser has one session, but its tabs may show pages that were rendered for another user. Therefore every
// page names its user in each request, by the header, by the field, or by both; every answer names its user too.
const (
	AsHeader = "DChat-As"
	AsField  = views.AsField
)

// ErrOtherUser answers a page of another user. The answer never shows what was typed there.
var ErrOtherUser = fiber.NewError(fiber.StatusConflict, "another person is signed in")

// RenderedFor reports whether a page of this username may act in the session. Without a session the check
// passes: there is no other user to protect.
func RenderedFor(session *account.Session, username string) bool {
	return session == nil || username == "" || strings.EqualFold(username, session.User.Username)
}

// CheckUser returns ErrOtherUser if a field that has arrived names another user.
func CheckUser(c *fiber.Ctx) error {
	if !RenderedFor(CurrentSession(c), string(c.Request().PostArgs().Peek(AsField))) {
		return ErrOtherUser
	}
	return nil
}

// TypedBody returns the message that an error page shows again. After ErrOtherUser it is "", because the message
// belongs to the other user.
func TypedBody(c *fiber.Ctx, err error) string {
	if errors.Is(err, ErrOtherUser) {
		return ""
	}
	return Field(c, "body")
}
