package web

import (
	"time"

	"dchat/app/chat"
	"dchat/app/files"

	"github.com/gofiber/fiber/v2"
)

// What the media server sends: an address taken apart.
const (
	fileIDHeader       = "X-File-Id"
	fileExpHeader      = "X-File-Exp"
	fileSigHeader      = "X-File-Sig"
	fileDownloadHeader = "X-File-Download"
)

// fileAuth tells a media server (infra/nginx/mediaserver.conf) whether the one who asks it may have a
// file, and how to send it. It says yes by 204, and no by 401 or 403: never by a redirect, of which a
// media server could make nothing.
func (w *Web) fileAuth(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	session, err := w.visitor(c)
	if err != nil {
		return err
	}
	if session == nil {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	file, err := w.fileFor(c, session.User, c.Get(fileIDHeader), c.Get(fileExpHeader), c.Get(fileSigHeader))
	if chat.CodeOf(err) == chat.NotFound {
		return c.SendStatus(fiber.StatusForbidden)
	}
	if err != nil {
		return err
	}
	kind, disposition := sentAs(file, c.Get(fileDownloadHeader))
	c.Set("X-File-Path", files.Path(file.Blob))
	c.Set("X-File-Type", kind)
	c.Set("X-File-Disposition", disposition)
	c.Set("X-File-Policy", filePolicy)
	return c.SendStatus(fiber.StatusNoContent)
}

// filePolicy is the content security policy of what people send: nothing in it runs.
const filePolicy = "default-src 'none'; sandbox"

// fileFor is the one decision about a file, whoever serves it: the address was made for this viewer, and
// they may still have it now. What they may not is not found.
func (w *Web) fileFor(c *fiber.Ctx, viewer *chat.User, id, exp, sig string) (*chat.File, error) {
	if !w.Store.Admits(viewer) || !w.Signer.Check(viewer.ID, id, exp, sig, time.Now()) {
		return nil, errNoFile
	}
	return w.Store.File(c.UserContext(), viewer, id)
}
