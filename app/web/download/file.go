package download

import (
	"errors"
	"io"

	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/files"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

// Serve sends a stored file to the viewer for whom its address was signed, if the viewer may still see it.
func (s *Downloads) Serve(c *fiber.Ctx) error {
	id := request.Param(c, "id")
	file, err := s.fileFor(c, request.CurrentSession(c).User, id, request.Query(c, "exp"), request.Query(c, "sig"))
	if errs.CodeOf(err) == errs.NotFound {
		return chat.ErrNoFile
	}
	if err != nil {
		return err
	}
	tag := `"` + file.Blob + `"` // a blob never changes
	if matches(c.Get("If-None-Match"), tag) {
		fileHeaders(c, file, tag)
		c.Status(fiber.StatusNotModified)
		return nil
	}
	blob, err := s.Files.Open(c.UserContext(), file.Blob)
	if errors.Is(err, files.ErrNotFound) {
		s.Log.Warn("a file is not in the store", "file", id, "blob", file.Blob) // unless it was deleted a moment ago
		return chat.ErrNoFile
	}
	if err != nil {
		return err
	}
	fileHeaders(c, file, tag)
	return s.send(c, blob, tag, id)
}

// fileHeaders sets headers with which a browser shows or saves a file and never runs its content.
func fileHeaders(c *fiber.Ctx, file *chat.File, tag string) {
	kind, disposition := sentAs(file, request.Query(c, "download"))
	c.Set("Content-Type", kind)
	c.Set("Content-Disposition", disposition)
	c.Set("Content-Security-Policy", Policy)
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Cache-Control", "private, no-cache") // the browser revalidates each time, so access can end
	c.Set("ETag", tag)
	c.Set("Accept-Ranges", "bytes")
}

// sentAs returns the type and disposition of a file. A file that is not shown inline has the generic type, so that no
// browser runs a text as a script.
func sentAs(file *chat.File, download string) (kind, disposition string) {
	if !file.Inline || download == "1" {
		return "application/octet-stream", files.Disposition(false, file.Name)
	}
	return file.Type, files.Disposition(true, file.Name)
}

// send streams a file, or the part that the Range header requests.
func (s *Downloads) send(c *fiber.Ctx, blob files.File, tag, file string) error {
	sent := part{length: blob.Size()}
	if header := c.Get("Range"); header != "" && c.Method() == fiber.MethodGet && (c.Get("If-Range") == "" || c.Get("If-Range") == tag) {
		asked, ok := parseRange(header, blob.Size())
		switch {
		case ok && asked.length == 0:
			c.Set("Content-Range", "bytes */"+request.Decimal(blob.Size()))
			c.Status(fiber.StatusRequestedRangeNotSatisfiable)
			return blob.Close()
		case ok:
			sent = asked
			c.Set("Content-Range", "bytes "+request.Decimal(sent.start)+"-"+request.Decimal(sent.start+sent.length-1)+"/"+request.Decimal(blob.Size()))
			c.Status(fiber.StatusPartialContent)
		}
	}
	if _, err := blob.Seek(sent.start, io.SeekStart); err != nil {
		return errors.Join(err, blob.Close())
	}
	return c.SendStream(s.start(c, blob, file, sent.length), int(sent.length))
}
