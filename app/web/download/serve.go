// Package download sends stored files to the users who may see them.
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
	// Running is called with 1 when a download begins and with -1 when it ends.
	Running func(int64)
	// WriteTimeout ends a download whose client reads no byte for so long.
	WriteTimeout time.Duration
}

// Downloads serves files to browsers and media servers.
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

// fileFor returns a file if its address was signed for the viewer and the viewer may see it now. It decides for all
// ways to fetch a file. Otherwise the error is NotFound.
func (s *Downloads) fileFor(c *fiber.Ctx, viewer *account.User, id, exp, sig string) (*chat.File, error) {
	if !s.Accounts.Admits(viewer) || !s.Signer.Check(viewer.ID, id, exp, sig, time.Now()) {
		return nil, chat.ErrNoFile
	}
	return s.Chat.File(c.UserContext(), viewer, id)
}
