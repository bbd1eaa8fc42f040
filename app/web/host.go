package web

import (
	"strings"

	"dchat/app/listen"

	"github.com/gofiber/fiber/v2"
)

// ownHost lets nobody ask by a name that is not ours. A name of another site that leads here (DNS rebinding)
// makes a browser take that site's pages for ours. With a base URL, the origin tells them apart.
func (w *Web) ownHost(c *fiber.Ctx) error {
	if w.BaseURL != "" || machines[c.Path()] || listen.IsLocal(hostOf(c)) || sameName(hostOf(c), w.Listens) {
		return c.Next()
	}
	return errHost
}

var errHost = fiber.NewError(fiber.StatusMisdirectedRequest,
	"This server does not know that it is reached by this name. If it is yours, set DCHAT_BASE_URL to the address of this page, without its path.")

// machines are the addresses that balancers and media servers ask, by whatever name. They change nothing,
// and show nothing.
var machines = map[string]bool{"/healthz": true, "/readyz": true, "/files/auth": true}

// hostOf is whom the request is for, as the client says. No proxy may say otherwise: it passes the Host on.
func hostOf(c *fiber.Ctx) string { return string(c.Request().Header.Host()) }

// sameName compares a Host with an address that a server listens on, but for the port.
func sameName(host, address string) bool {
	name := listen.Name(address)
	return name != "" && strings.EqualFold(listen.Name(host), name)
}
