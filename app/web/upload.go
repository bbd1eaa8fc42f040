package web

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/limit"

	"github.com/gofiber/fiber/v2"
)

// Files that come in pieces, by the tus protocol, version 1.0.0, with its extensions creation and
// termination (https://tus.io/protocols/resumable-upload). How far an upload is stands in the database,
// so any node may take its next piece.

const tusVersion = "1.0.0"

var uploadsPerPerson = limit.Rule{Name: "upload", Burst: 1000, Per: time.Hour}

// tus speaks the protocol around a handler. Its errors are sentences without a page.
func (w *Web) tus(handle fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set("Tus-Resumable", tusVersion)
		c.Set("Cache-Control", "no-store")
		err := handle
		if c.Get("Tus-Resumable") != tusVersion {
			err = otherTus
		}
		return w.plainly(c, err(c))
	}
}

// scripted reports whether a script asks, which cannot follow to a page.
func scripted(c *fiber.Ctx) bool { return partial(c) || c.Get("Tus-Resumable") != "" }

func otherTus(c *fiber.Ctx) error {
	c.Set("Tus-Version", tusVersion)
	return fiber.NewError(fiber.StatusPreconditionFailed, "This is not the version of the protocol that is spoken here.")
}

// plainly turns an error into an answer for a script.
func (w *Web) plainly(c *fiber.Ctx, err error) error {
	var f *fiber.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, chat.ErrHeld):
		return c.Status(fiber.StatusLocked).SendString(chat.ErrHeld.Sentence)
	case errors.As(err, &f) && f.Code < 500:
		return c.Status(f.Code).SendString(f.Message)
	}
	a := answerTo(err)
	w.note(c, a, err)
	a.begin(c)
	return c.SendString(a.sentence)
}

// uploadOptions says what can be done.
func (w *Web) uploadOptions(c *fiber.Ctx) error {
	c.Set("Tus-Resumable", tusVersion)
	c.Set("Tus-Version", tusVersion)
	c.Set("Tus-Extension", "creation,termination")
	if most := w.Store.MaxUpload(); most > 0 {
		c.Set("Tus-Max-Size", id(most))
	}
	return nil
}

// beginUpload says at once whether there is room for a file, and where its bytes go.
func (w *Web) beginUpload(c *fiber.Ctx) error {
	if err := w.allow(c, uploadsPerPerson, id(mine(c).UserID)); err != nil {
		return err
	}
	size, err := bytesIn(c, "Upload-Length")
	if err != nil {
		return err
	}
	name, asFile, err := uploadMetadata(c.Get("Upload-Metadata"))
	if err != nil {
		return err
	}
	if err := w.Store.Fits(c.UserContext(), mine(c).User, size); err != nil {
		return err
	}
	if err := files.Room(w.Files, size); err != nil {
		return err
	}
	up, err := w.Store.BeginUpload(c.UserContext(), mine(c).User, files.NewName(), name, size, asFile)
	if err == nil && size == 0 {
		err = w.hold(c, up.ID, func(up *chat.Upload) error { return w.takePieces(c, up) })
	}
	if err != nil {
		return err
	}
	c.Location("/uploads/" + up.ID)
	c.Status(fiber.StatusCreated)
	return nil
}

// bytesIn reads a header that is a number of bytes.
func bytesIn(c *fiber.Ctx, header string) (int64, error) {
	n, err := strconv.ParseUint(c.Get(header), 10, 63)
	if err != nil {
		return 0, fiber.NewError(fiber.StatusBadRequest, header+" must be a number of bytes.")
	}
	return int64(n), nil
}

// uploadMetadata finds in what a client says of a file its name, and whether it keeps every byte.
func uploadMetadata(metadata string) (name string, asFile bool, err error) {
	for pair := range strings.SplitSeq(metadata, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		if key != "filename" && key != asFileField {
			continue
		}
		text, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return "", false, fiber.NewError(fiber.StatusBadRequest, "The "+key+" in Upload-Metadata must be written in Base64.")
		}
		if key == "filename" {
			name = string(text)
		} else {
			asFile = string(text) != "0" && string(text) != "false"
		}
	}
	return name, asFile, nil
}

// metadataOf is what was said of an upload.
func metadataOf(up *chat.Upload) string {
	said := "filename " + base64.StdEncoding.EncodeToString([]byte(up.Name))
	if up.AsFile {
		said += "," + asFileField + " " + base64.StdEncoding.EncodeToString([]byte("1"))
	}
	return said
}

// uploadState says how much has come. If that is all, the upload is finished, whoever died before.
func (w *Web) uploadState(c *fiber.Ctx) error {
	up, err := w.Store.Upload(c.UserContext(), mine(c).User, c.Params("id"))
	if err != nil {
		return err
	}
	if up.Received == up.Size && !up.Finished {
		if err := w.hold(c, up.ID, func(up *chat.Upload) error { return w.finishUpload(up) }); err != nil {
			return err
		}
	}
	c.Set("Upload-Offset", id(up.Received))
	c.Set("Upload-Length", id(up.Size))
	c.Set("Upload-Metadata", metadataOf(up))
	return nil
}

// takeUpload takes what comes next, however much that is. What has come by the time the connection
// breaks has come for good.
func (w *Web) takeUpload(c *fiber.Ctx) error {
	if c.Get("Content-Type") != "application/offset+octet-stream" {
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "The Content-Type must be application/offset+octet-stream.")
	}
	offset, err := bytesIn(c, "Upload-Offset")
	if err != nil {
		return err
	}
	var now int64
	err = w.hold(c, c.Params("id"), func(up *chat.Upload) error {
		defer func() { now = up.Received }()
		if offset != up.Received {
			return errOffset
		}
		return w.takePieces(c, up)
	})
	if chat.CodeOf(err) == chat.NotFound {
		if up, gone := w.Store.Upload(c.UserContext(), mine(c).User, c.Params("id")); gone == nil && up.Finished {
			now, err = up.Size, nil // the answer was lost, or the request came twice
			if offset != now {
				err = errOffset
			}
		}
	}
	if err != nil {
		return err
	}
	c.Set("Upload-Offset", id(now))
	c.Status(fiber.StatusNoContent)
	return nil
}

var errOffset = fiber.NewError(fiber.StatusConflict, "Another part of this file comes next.")

// dropUpload forgets an upload, or a finished one that was not sent.
func (w *Web) dropUpload(c *fiber.Ctx) error {
	if err := w.Store.DropUpload(c.UserContext(), mine(c).User, c.Params("id")); err != nil {
		return err
	}
	c.Status(fiber.StatusNoContent)
	return nil
}

// hold keeps others off an upload meanwhile.
func (w *Web) hold(c *fiber.Ctx, id string, meanwhile func(*chat.Upload) error) error {
	up, err := w.Store.HoldUpload(c.UserContext(), mine(c).User, id, files.NewName())
	if err != nil {
		return err
	}
	err = meanwhile(up)
	if up.Finished || up.Holder == "" || errors.Is(err, chat.ErrHeld) {
		return err
	}
	ctx, cancel := brief()
	defer cancel()
	return errors.Join(err, w.Store.AdvanceUpload(ctx, up, up.Received, up.Digest, true))
}

// brief is a context for one of the steps of something that takes as long as it takes.
func brief() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), answerWithin)
}
