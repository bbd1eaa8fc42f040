package request

import (
	"net/netip"

	"dchat/app/account"

	"github.com/gofiber/fiber/v2"
)

const sessionLocal = "session"

// SetSession keeps the session of the request; nil removes it.
func SetSession(c *fiber.Ctx, session *account.Session) { c.Locals(sessionLocal, session) }

// CurrentSession returns the session that was kept, or nil. A route that requires a sign-in always has one.
func CurrentSession(c *fiber.Ctx) *account.Session {
	session, _ := c.Locals(sessionLocal).(*account.Session)
	return session
}

// Place returns where a request comes from. Of an IPv6 address it is the network: each of its hosts has
// more addresses than a limit could count.
func Place(c *fiber.Ctx) string {
	address, err := netip.ParseAddr(c.IP())
	if err != nil || address.Unmap().Is4() {
		return c.IP()
	}
	network, _ := address.WithZone("").Prefix(64) // 64 bits fit
	return network.String()
}
