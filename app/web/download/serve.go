// Package download sends stored files to those who may see them.
package download

import (
	"log/slog"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/files"

	"github.com/gofiber/fiber/v2"
)

// Options are what Downloads needs.
type Options struct {
	Accounts *account.Store
	Chat     *chat.Store
	Files    files.Store
	Signer   *files.Signer
	Log      *slog.Logger
	// Session returns the session of the request, nil if the browser is signed out.
	Session func(*fiber.Ctx) (*account.Session, error)
	// Running is told of each download that begins (1) or ends (-1).
	Running func(int64)
	// WriteTimeout is how long a browser may accept nothing of an answer.
	WriteTimeout time.Duration
}

// Downloads serves files.
type Downloads struct {
	Options
	active active
}

// New returns Downloads.
func New(o Options) *Downloads {
	d := &Downloads{Options: o}
	d.active.accounts, d.active.chat = o.Accounts, o.Chat
	return d
}

// Policy is the content security policy of files: nothing in them runs.
const Policy = "default-src 'none'; sandbox"

// fileFor decides about a file, for every way to fetch it: the address was signed for this viewer, and the viewer
// may see the file now. A file that the viewer may not see is not found.
func (s *Downloads) fileFor(c *fiber.Ctx, viewer *account.User, id, exp, sig string) (*chat.File, error) {
	if !s.Accounts.Admits(viewer) || !s.Signer.Check(viewer.ID, id, exp, sig, time.Now()) {
		return nil, errNoFile
	}
	return s.Chat.File(c.UserContext(), viewer, id)
}
