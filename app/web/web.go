// Package web is the only room that knows Fiber: it parses, authorises by session, and answers.
package web

import (
	"context"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/limit"
	"dchat/app/listen"
	"dchat/app/live"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Web serves DChat over HTTP.
type Web struct {
	Options
	app       *fiber.App
	draining  atomic.Bool
	drained   chan struct{} // closed by Drain
	running   running
	downloads downloads
	uploaded  atomic.Int64 // bytes
}

// Options are what a Web needs.
type Options struct {
	Store  *chat.Store
	Hub    *live.Hub
	Limit  *limit.Limiter
	Log    *slog.Logger
	Epoch  string
	Files  files.Store
	Signer *files.Signer // of the addresses of files

	// Secret is the root of the key that signs which browsers an account knows.
	Secret []byte
	// BaseURL is the only origin that may change anything; empty, the one whose host is asked for, which has to
	// be this machine's.
	BaseURL string
	// Listens is the address that the server listens on: by a name in it, people may come without a BaseURL.
	Listens string
	// TrustedProxies may say whom they speak for.
	TrustedProxies []string
	// FileURL is the address of a file, signed for one viewer.
	FileURL func(viewer int64, id, name string) string
	// Ready says whether people should be sent here, and why not.
	Ready func(context.Context) (said string, yes bool)
	// Busy is how many connections have a request whose answer is not written yet; it may be nil.
	Busy func() int
	// Away reports whether the database is known to be away: the log has been told, and needs no line for
	// every request; it may be nil.
	Away func() bool
	// Refused is told by which rule somebody was too fast; it may be nil.
	Refused func(rule string)
	// Observe is told of every answer, with the pattern of its route; it may be nil.
	Observe func(method, route string, status int, took time.Duration)
	// Dev shows what only those who build DChat want to see: all letters and components.
	Dev bool
}

// New builds the server; Listener serves it.
func New(o Options) *Web {
	w := &Web{Options: o, drained: make(chan struct{})}
	w.downloads.web = w
	w.app = fiber.New(fiber.Config{
		AppName:                      "DChat",
		DisableStartupMessage:        true,
		Immutable:                    true, // Fiber reuses the memory of its strings
		StreamRequestBody:            true,
		BodyLimit:                    1,       // is all that is read of a body before its route; body.go does the rest
		DisablePreParseMultipartForm: true,    // into files, whatever their size, before anybody was asked
		ReadBufferSize:               8 << 10, // the longest request head
		ReadTimeout:                  30 * time.Second,
		WriteTimeout:                 writeWithin,
		IdleTimeout:                  2 * time.Minute,
		StrictRouting:                true,
		CaseSensitive:                true,
		EnableTrustedProxyCheck:      true,
		TrustedProxies:               o.TrustedProxies,
		ProxyHeader:                  proxyHeader(o.TrustedProxies),
		ErrorHandler:                 w.refuse,
	})
	server := w.app.Server()
	server.KeepHijackedConns = true // a socket outlives the handler that gives it to the hub
	handle := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		conn := listen.Of(ctx.Conn())
		conn.Begin()
		if err := checkHead(&ctx.Request.Header); err != nil {
			ctx.SetConnectionClose()
			server.ErrorHandler(ctx, err)
		} else {
			handle(ctx)
		}
		endBody(ctx)
		if ctx.Hijacked() {
			conn.Keep()
		} else {
			conn.End()
		}
	}
	w.routes()
	return w
}

// writeWithin is how long a browser may take nothing of an answer.
var writeWithin = 60 * time.Second

// refuse answers with an error. A body that nobody has read is gone by then: the answer shows what was
// typed, where that is known.
func (w *Web) refuse(c *fiber.Ctx, err error) error {
	endBody(c.Context())
	return w.fail(c, err)
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

// Uploaded is how many bytes of files have come.
func (w *Web) Uploaded() int64 { return w.uploaded.Load() }

// Drain refuses new sockets, and lets uploads go on elsewhere.
func (w *Web) Drain() {
	if !w.draining.Swap(true) {
		close(w.drained)
	}
}

// secure reports whether people reach the server by HTTPS.
func (w *Web) secure() bool {
	u, err := url.Parse(w.BaseURL)
	return err == nil && u.Scheme == "https"
}
