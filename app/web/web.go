// Package web serves DChat over HTTP: it parses requests, authorises them by their session, and renders the answers.
// Only web and its subpackages import Fiber.
package web

import (
	"context"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/limit"
	"dchat/app/listen"
	"dchat/app/live"
	"dchat/app/web/download"
	"dchat/app/web/known"
	"dchat/app/web/request"
	"dchat/app/web/upload"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Web is the HTTP server.
type Web struct {
	Options
	app       *fiber.App
	known     known.Cookies
	uploads   *upload.Uploads
	downloads *download.Downloads
	draining  atomic.Bool
	drained   chan struct{} // closed by Drain
	running   running
}

// Options are what a Web needs.
type Options struct {
	Accounts    *account.Store
	Attachments *attachment.Store
	Chat        *chat.Store
	Hub         *live.Hub
	Limit       *limit.Limiter
	Log         *slog.Logger
	Epoch       string
	Files       files.Store
	Signer      *files.Signer // signs the addresses of files

	// Push is what browsers need to be told of messages while no page is open.
	Push Push

	// Secret is the root of the key that signs which browsers an account knows.
	Secret []byte
	// BaseURL is the only origin whose requests may change something. If it is empty, the origin has to match the
	// request's host, which has to be a local name.
	BaseURL string
	// Listens is the address that the server listens on. Without a BaseURL, a host name in it is local.
	Listens string
	// TrustedProxies are the addresses and networks whose X-Real-IP header is believed.
	TrustedProxies []string
	// FileURL is the address of a file, signed for one viewer.
	FileURL func(viewer int64, id, name string) string
	// Ready reports whether load balancers should send requests here, with the reason.
	Ready func(context.Context) (reason string, ready bool)
	// Busy returns how many connections have a request whose answer is not written yet; it may be nil.
	Busy func() int
	// Away reports whether the log already has an outage of the database, so that single requests need no line; it
	// may be nil.
	Away func() bool
	// Refused is called with the name of each limit that refuses a request; it may be nil.
	Refused func(rule string)
	// Observe is called for every answer, with the pattern of its route; it may be nil.
	Observe func(method, route string, status int, took time.Duration)
	// Dev shows pages for developers: all emails and components.
	Dev bool
}

// New builds the server; Listener serves it.
func New(o Options) *Web {
	w := &Web{Options: o, drained: make(chan struct{})}
	w.known = known.Cookies{Name: CookieName(w.secure()) + "-known", Secure: w.secure(), Secret: o.Secret}
	w.uploads = upload.New(upload.Options{Attachments: o.Attachments, Chat: o.Chat, Files: o.Files, Log: o.Log, Allow: w.allow, Fail: w.failPlainly, Draining: w.draining.Load})
	w.downloads = download.New(download.Options{
		Accounts: o.Accounts, Chat: o.Chat, Files: o.Files, Signer: o.Signer, Log: o.Log,
		Session: w.optionalSession, Running: func(n int64) { w.running.requests.Add(n) }, WriteTimeout: writeTimeout,
	})
	w.app = fiber.New(w.config())
	server := w.app.Server()
	server.KeepHijackedConns = true // a socket outlives the handler that passes it to the hub
	server.Handler = serveConn(server)
	w.routes()
	return w
}

func (w *Web) config() fiber.Config {
	return fiber.Config{
		AppName:                      "DChat",
		DisableStartupMessage:        true,
		Immutable:                    true, // Fiber reuses the memory of its strings
		StreamRequestBody:            true,
		BodyLimit:                    1,       // how much is read of a body before its route; package upload reads the rest
		DisablePreParseMultipartForm: true,    // it would write files of any size before the route authorises
		ReadBufferSize:               8 << 10, // the longest request head
		ReadTimeout:                  30 * time.Second,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  2 * time.Minute,
		StrictRouting:                true,
		CaseSensitive:                true,
		EnableTrustedProxyCheck:      true,
		TrustedProxies:               w.TrustedProxies,
		ProxyHeader:                  proxyHeader(w.TrustedProxies),
		ErrorHandler:                 w.refuse,
	}
}

// serveConn wraps the server's handler: it checks the head, discards what remains of the body, and tells the listener
// about the connection.
func serveConn(server *fasthttp.Server) fasthttp.RequestHandler {
	handle := server.Handler
	return func(ctx *fasthttp.RequestCtx) {
		conn := listen.Of(ctx.Conn())
		conn.Begin()
		if err := request.CheckHead(&ctx.Request.Header); err != nil {
			ctx.SetConnectionClose()
			server.ErrorHandler(ctx, err)
		} else {
			handle(ctx)
		}
		upload.End(ctx)
		if ctx.Hijacked() {
			conn.Keep()
		} else {
			conn.End()
		}
	}
}

// writeTimeout ends a connection whose client reads no byte of the answer for so long.
var writeTimeout = 60 * time.Second

// refuse discards an unread body and answers with an error. The answer shows the typed text again where it is known.
func (w *Web) refuse(c *fiber.Ctx, err error) error {
	upload.End(c.Context())
	return w.fail(c, err)
}

// proxyHeader returns the header that names the client, or "" if no proxy is trusted.
func proxyHeader(trusted []string) string {
	if len(trusted) == 0 {
		return ""
	}
	return "X-Real-IP"
}

// App returns the Fiber application, for the listener and for tests.
func (w *Web) App() *fiber.App { return w.app }

// Uploaded returns the number of bytes of files received since the start.
func (w *Web) Uploaded() int64 { return w.uploads.Received() }

// Drain refuses new sockets, and makes uploads continue on another node.
func (w *Web) Drain() {
	if !w.draining.Swap(true) {
		close(w.drained)
	}
}

// secure reports whether browsers use HTTPS.
func (w *Web) secure() bool {
	u, err := url.Parse(w.BaseURL)
	return err == nil && u.Scheme == "https"
}
