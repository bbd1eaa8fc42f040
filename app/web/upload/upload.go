// Package upload reads large bodies: forms with files, and files in chunks by the tus protocol.
package upload

import (
	"log/slog"
	"strconv"
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
	// Fail writes an error as a sentence without a page.
	Fail func(*fiber.Ctx, error) error
	// Draining reports whether the server is shutting down.
	Draining func() bool
}

// Uploads stores files that arrive.
type Uploads struct {
	Options
	received atomic.Int64
}

// New returns Uploads.
func New(o Options) *Uploads { return &Uploads{Options: o} }

// Received returns how many bytes of files have arrived.
func (u *Uploads) Received() int64 { return u.received.Load() }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
