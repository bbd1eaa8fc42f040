// Package upload reads the bodies of requests: small ones into memory, forms with files as streams, and files in
// chunks by the tus protocol.
package upload

import (
	"log/slog"
	"sync/atomic"

	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/limit"

	"github.com/gofiber/fiber/v2"
)

// Options are what Uploads needs.
type Options struct {
	Attachments *attachment.Store
	Chat        *chat.Store
	Files       files.Store
	Log         *slog.Logger
	// Allow refuses a request that exceeds a rate limit.
	Allow func(*fiber.Ctx, limit.Rule, string) error
	// Fail answers with an error in plain text.
	Fail func(*fiber.Ctx, error) error
	// Draining reports whether the server is shutting down.
	Draining func() bool
}

// Uploads receives and stores files.
type Uploads struct {
	Options
	received atomic.Int64
}

// New returns Uploads.
func New(o Options) *Uploads { return &Uploads{Options: o} }

// Received returns the number of bytes of files received since the start.
func (u *Uploads) Received() int64 { return u.received.Load() }
