// Package web is the only room that knows Fiber: it parses, authorises by session, and answers.
package web

import (
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/app/live"

	"github.com/gofiber/fiber/v2"
)

// Web serves DChat over HTTP.
type Web struct {
	Options
	app      *fiber.App
	draining atomic.Bool
	running  running
}

// Options are what a Web needs.
type Options struct {
	Store *chat.Store
	Hub   *live.Hub
	Limit *limit.Limiter
	Log   *slog.Logger
	Epoch string

	// BaseURL is the only origin that may change anything; empty, the one whose host is asked for.
	BaseURL string
	// TrustedProxies may say whom they speak for.
	TrustedProxies []string
	// FileURL is the address of a file, signed for one viewer.
	FileURL func(viewer int64, id, name string) string
	// Dev shows what only those who build DChat want to see: all letters and components.
	Dev bool
}

// maxForm is the largest body of a request, in bytes: a message of 10,000 characters, each of
// four bytes written as %XX, fits.
const maxForm = 256 << 10

// New builds the server; Listener serves it.
func New(o Options) *Web {
	w := &Web{Options: o}
	w.app = fiber.New(fiber.Config{
		AppName:                 "DChat",
		DisableStartupMessage:   true,
		Immutable:               true, // Fiber reuses the memory of its strings
		BodyLimit:               maxForm,
		ReadBufferSize:          8 << 10, // the longest request head
		ReadTimeout:             30 * time.Second,
		WriteTimeout:            60 * time.Second,
		IdleTimeout:             2 * time.Minute,
		StrictRouting:           true,
		CaseSensitive:           true,
		EnableTrustedProxyCheck: true,
		TrustedProxies:          o.TrustedProxies,
		ProxyHeader:             proxyHeader(o.TrustedProxies),
		ErrorHandler:            w.fail,
	})
	w.app.Server().KeepHijackedConns = true // a socket outlives the handler that gives it to the hub
	w.routes()
	return w
}

// proxyHeader is believed from trusted proxies only.
func proxyHeader(trusted []string) string {
	if len(trusted) == 0 {
		return ""
	}
	return "X-Real-IP"
}

// App is the Fiber application, for the listener and for tests.
func (w *Web) App() *fiber.App { return w.app }

// Drain makes the node not ready and refuses new sockets.
func (w *Web) Drain() { w.draining.Store(true) }

// secure reports whether people reach the server by HTTPS.
func (w *Web) secure() bool {
	u, err := url.Parse(w.BaseURL)
	return err == nil && u.Scheme == "https"
}
