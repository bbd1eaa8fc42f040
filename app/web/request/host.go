package request

import (
	"strings"

	"dchat/app/listen"

	"github.com/gofiber/fiber/v2"
)

// CheckHost refuses a request for a host name that is not this server's. With a foreign name that resolves to this
// server (DNS rebinding), a browser treats our pages as pages of the foreign site. With a base URL, the check of the
// origin covers this.
func CheckHost(baseURL, listenAddress string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		host := Host(c)
		if baseURL != "" || anyHost[c.Path()] || listen.IsLocal(host) || sameName(host, listenAddress) {
			return c.Next()
		}
		return ErrHost
	}
}

// ErrHost answers a request for a foreign host name.
var ErrHost = fiber.NewError(fiber.StatusMisdirectedRequest,
	"This server does not know that it is reached by this name. If it is yours, set DCHAT_BASE_URL to the address of this page, without its path.")

// anyHost lists the paths that load balancers and media servers request under any host name. They change
// nothing and show nothing.
var anyHost = map[string]bool{"/healthz": true, "/readyz": true, "/files/auth": true}

// Host returns the Host header. Proxies pass it on; no forwarding header overrides it.
func Host(c *fiber.Ctx) string { return string(c.Request().Header.Host()) }

// sameName reports whether a host and a listen address have the same name, without the ports.
func sameName(host, address string) bool {
	name := listen.Name(address)
	return name != "" && strings.EqualFold(listen.Name(host), name)
}
