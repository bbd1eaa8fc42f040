package request

import (
	"net/netip"

	"dchat/app/account"

	"github.com/gofiber/fiber/v2"
)

const sessionLocal = "session"

// SetSession stores the session for the rest of the request; nil removes it.
func SetSession(c *fiber.Ctx, session *account.Session) { c.Locals(sessionLocal, session) }

// CurrentSession returns the session that SetSession stored, or nil. It is never nil in a route that requires a
// sign-in.
func CurrentSession(c *fiber.Ctx) *account.Session {
	session, _ := c.Locals(sessionLocal).(*account.Session)
	return session
}

// Place returns the origin of a request for limits: the IPv4 address, or the /64 network of an IPv6 address, whose
// hosts have more addresses than a limit could count.
func Place(c *fiber.Ctx) string {
	address, err := netip.ParseAddr(c.IP())
	if err != nil || address.Unmap().Is4() {
		return c.IP()
	}
	network, _ := address.WithZone("").Prefix(64) // fails only for more than 128 bits
	return network.String()
}
