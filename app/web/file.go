package web

import (
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"dchat/app/chat"
	"dchat/app/files"

	"github.com/gofiber/fiber/v2"
)

// errNoFile is the one answer to all who may not fetch a file, whatever the reason.
var errNoFile = &chat.Error{Code: chat.NotFound, Sentence: "There is no such file, or it is not for you."}

// file sends a stored file to whom its address was made for, if they may still see it.
func (w *Web) file(c *fiber.Ctx) error {
	id := c.Params("id")
	file, err := w.fileFor(c, mine(c).User, id, c.Query("exp"), c.Query("sig"))
	if chat.CodeOf(err) == chat.NotFound {
		return errNoFile
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
	blob, err := w.Files.Open(c.UserContext(), file.Blob)
	if errors.Is(err, files.ErrNotFound) {
		w.Log.Warn("a file is not in the store", "file", id, "blob", file.Blob) // if it was not deleted just now
		return errNoFile
	}
	if err != nil {
		return err
	}
	fileHeaders(c, file, tag)
	return sendPiece(c, blob, tag)
}

// fileHeaders let a browser show a file or save it, and nothing else: what is in it never runs.
func fileHeaders(c *fiber.Ctx, file *chat.File, tag string) {
	kind, disposition := sentAs(file, c.Query("download"))
	c.Set("Content-Type", kind)
	c.Set("Content-Disposition", disposition)
	c.Set("Content-Security-Policy", filePolicy)
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Cache-Control", "private, no-cache") // the browser asks each time whether it may still
	c.Set("ETag", tag)
	c.Set("Accept-Ranges", "bytes")
}

// sentAs is the type under which a file is sent, and what a browser is to do with it. Of what is not shown nothing is
// said: a text that reads like a script must not become one.
func sentAs(file *chat.File, download string) (kind, disposition string) {
	if !file.Inline || download == "1" {
		return "application/octet-stream", files.Disposition(false, file.Name)
	}
	return file.Type, files.Disposition(true, file.Name)
}

// sendPiece streams a file, or the piece of it that is asked for.
func sendPiece(c *fiber.Ctx, blob files.File, tag string) error {
	piece := part{length: blob.Size()}
	if header := c.Get("Range"); header != "" && c.Method() == fiber.MethodGet && (c.Get("If-Range") == "" || c.Get("If-Range") == tag) {
		asked, ok := parseRange(header, blob.Size())
		switch {
		case ok && asked.length == 0:
			c.Set("Content-Range", "bytes */"+id(blob.Size()))
			c.Status(fiber.StatusRequestedRangeNotSatisfiable)
			return blob.Close()
		case ok:
			piece = asked
			c.Set("Content-Range", "bytes "+id(piece.start)+"-"+id(piece.start+piece.length-1)+"/"+id(blob.Size()))
			c.Status(fiber.StatusPartialContent)
		}
	}
	if _, err := blob.Seek(piece.start, io.SeekStart); err != nil {
		return errors.Join(err, blob.Close())
	}
	return c.SendStream(&download{blob, c.Context().Conn(), piece.length}, int(piece.length))
}

// download is a file on its way out. The server closes it, also when the browser has gone.
type download struct {
	files.File
	conn net.Conn
	left int64
}

// Read gives the browser time anew, to take what comes now.
func (d *download) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	if err := d.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return 0, err
	}
	n, err := d.File.Read(p[:min(int64(len(p)), d.left)])
	d.left -= int64(n)
	return n, err
}

// part is a piece of a file, in bytes.
type part struct{ start, length int64 }

// parseRange reads a Range header of one piece. Of length 0 is one that the file does not have; what
// cannot be understood is not ok, and as good as no header.
func parseRange(header string, size int64) (part, bool) {
	text, ok := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(text, "-")
	if !ok || !dash {
		return part{}, false
	}
	start, errStart := position(first)
	end, errEnd := position(last)
	switch {
	case first == "" && errEnd == nil: // the last so many
		start, end = max(size-end, 0), size-1
	case last == "" && errStart == nil:
		end = size - 1
	case errStart != nil || errEnd != nil || end < start:
		return part{}, false
	}
	return part{start, max(min(end, size-1)-start+1, 0)}, true
}

func position(digits string) (int64, error) {
	n, err := strconv.ParseUint(digits, 10, 63)
	return int64(n), err
}

// matches reports whether an If-None-Match names the tag.
func matches(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}
