package download

import (
	"dchat/app/errs"
	"dchat/app/files"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

// The media server sends the parts of the address in headers.
const (
	fileIDHeader       = "X-File-Id"
	fileExpHeader      = "X-File-Exp"
	fileSigHeader      = "X-File-Sig"
	fileDownloadHeader = "X-File-Download"
)

// Auth answers a media server (infra/nginx/mediaserver.conf): whether a viewer may fetch a file, and how to send it.
// The status is 204, 401 or 403, never a redirect, which a media server could not follow.
func (s *Downloads) Auth(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	session, err := s.Session(c)
	if err != nil {
		return err
	}
	if session == nil {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	file, err := s.fileFor(c, session.User, request.Header(c, fileIDHeader), request.Header(c, fileExpHeader), request.Header(c, fileSigHeader))
	if errs.CodeOf(err) == errs.NotFound {
		return c.SendStatus(fiber.StatusForbidden)
	}
	if err != nil {
		return err
	}
	kind, disposition := sentAs(file, c.Get(fileDownloadHeader))
	c.Set("X-File-Path", files.Path(file.Blob))
	c.Set("X-File-Type", kind)
	c.Set("X-File-Disposition", disposition)
	c.Set("X-File-Policy", Policy)
	return c.SendStatus(fiber.StatusNoContent)
}
