package upload

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"dchat/app/attachment"
	"dchat/app/errs"
	"dchat/app/files"
	"dchat/app/limit"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

// Files that arrive in chunks, by the tus protocol, version 1.0.0, with its extensions creation and
// termination (https://tus.io/protocols/resumable-upload). The position of an upload is in the database,
// so any node may receive its next chunk.

const tusVersion = "1.0.0"

var uploadsPerPerson = limit.Rule{Name: "upload", Burst: 1000, Per: time.Hour}

// Tus wraps a handler of the protocol. It answers errors in plain text, and requests of another protocol version with
// 412.
func (u *Uploads) Tus(handle fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set("Tus-Resumable", tusVersion)
		c.Set("Cache-Control", "no-store")
		err := handle
		if c.Get("Tus-Resumable") != tusVersion {
			err = otherTus
		}
		return u.plainly(c, err(c))
	}
}

func otherTus(c *fiber.Ctx) error {
	c.Set("Tus-Version", tusVersion)
	return fiber.NewError(fiber.StatusPreconditionFailed, "Unsupported version of the tus protocol.")
}

// plainly answers with an error in plain text.
func (u *Uploads) plainly(c *fiber.Ctx, err error) error {
	var f *fiber.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, attachment.ErrHeld):
		return c.Status(fiber.StatusLocked).SendString(attachment.ErrHeld.Sentence)
	case errors.As(err, &f) && f.Code < 500:
		return c.Status(f.Code).SendString(f.Message)
	}
	return u.Fail(c, err)
}

// Describe answers with the supported extensions and the largest file in bytes.
func (u *Uploads) Describe(c *fiber.Ctx) error {
	c.Set("Tus-Resumable", tusVersion)
	c.Set("Tus-Version", tusVersion)
	c.Set("Tus-Extension", "creation,termination")
	if most := u.Attachments.MaxUpload(); most > 0 {
		c.Set("Tus-Max-Size", request.Decimal(most))
	}
	return nil
}

// Create begins an upload if a file of this size fits, and answers with the address for its bytes.
func (u *Uploads) Create(c *fiber.Ctx) error {
	if err := u.Allow(c, uploadsPerPerson, request.Decimal(request.CurrentSession(c).UserID)); err != nil {
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
	if err := u.Attachments.Fits(c.UserContext(), request.CurrentSession(c).User, size); err != nil {
		return err
	}
	if err := files.Room(u.Files, size); err != nil {
		return err
	}
	up, err := u.Attachments.BeginUpload(c.UserContext(), request.CurrentSession(c).User, files.NewName(), name, size, asFile)
	if err == nil && size == 0 {
		err = u.hold(c, up.ID, func(up *attachment.Upload) error { return u.readChunks(c, up) })
	}
	if err != nil {
		return err
	}
	c.Location("/uploads/" + up.ID)
	c.Status(fiber.StatusCreated)
	return nil
}

// bytesIn parses a header that holds a number of bytes.
func bytesIn(c *fiber.Ctx, header string) (int64, error) {
	n, err := strconv.ParseUint(c.Get(header), 10, 63)
	if err != nil {
		return 0, fiber.NewError(fiber.StatusBadRequest, header+" must be a number of bytes.")
	}
	return int64(n), nil
}

// uploadMetadata parses the name of a file, and whether it keeps every byte, from the metadata of an upload.
func uploadMetadata(metadata string) (name string, asFile bool, err error) {
	for pair := range strings.SplitSeq(metadata, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		if key != "filename" && key != AsFileField {
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

// metadataOf returns the metadata of an upload as the client sent it.
func metadataOf(up *attachment.Upload) string {
	metadata := "filename " + base64.StdEncoding.EncodeToString([]byte(up.Name))
	if up.AsFile {
		metadata += "," + AsFileField + " " + base64.StdEncoding.EncodeToString([]byte("1"))
	}
	return metadata
}

// Position answers with the number of bytes received. It finishes an upload that is complete but was interrupted.
func (u *Uploads) Position(c *fiber.Ctx) error {
	up, err := u.Attachments.Upload(c.UserContext(), request.CurrentSession(c).User, request.Param(c, "id"))
	if err != nil {
		return err
	}
	if up.Received == up.Size && !up.Finished {
		if err := u.hold(c, up.ID, func(up *attachment.Upload) error { return u.finishUpload(up) }); err != nil {
			return err
		}
	}
	c.Set("Upload-Offset", request.Decimal(up.Received))
	c.Set("Upload-Length", request.Decimal(up.Size))
	c.Set("Upload-Metadata", metadataOf(up))
	return nil
}

// Append stores the next bytes of an upload, of any number. Bytes received before the connection breaks are kept. It
// answers 409 if the offset is not the next one, and 423 while another request writes.
func (u *Uploads) Append(c *fiber.Ctx) error {
	if c.Get("Content-Type") != "application/offset+octet-stream" {
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "The Content-Type must be application/offset+octet-stream.")
	}
	offset, err := bytesIn(c, "Upload-Offset")
	if err != nil {
		return err
	}
	var now int64
	err = u.hold(c, request.Param(c, "id"), func(up *attachment.Upload) error {
		defer func() { now = up.Received }()
		if offset != up.Received {
			return errOffset
		}
		return u.readChunks(c, up)
	})
	if errs.CodeOf(err) == errs.NotFound {
		if up, missing := u.Attachments.Upload(c.UserContext(), request.CurrentSession(c).User, request.Param(c, "id")); missing == nil && up.Finished {
			now, err = up.Size, nil // the answer was lost, or the request came twice
			if offset != now {
				err = errOffset
			}
		}
	}
	if err != nil {
		return err
	}
	c.Set("Upload-Offset", request.Decimal(now))
	c.Status(fiber.StatusNoContent)
	return nil
}

var errOffset = fiber.NewError(fiber.StatusConflict, "Another part of this file comes next.")

// Drop deletes an unfinished upload, or a finished one that is not part of a message.
func (u *Uploads) Drop(c *fiber.Ctx) error {
	if err := u.Attachments.DropUpload(c.UserContext(), request.CurrentSession(c).User, request.Param(c, "id")); err != nil {
		return err
	}
	c.Status(fiber.StatusNoContent)
	return nil
}

// hold runs a function while no other request can write to the upload.
func (u *Uploads) hold(c *fiber.Ctx, id string, meanwhile func(*attachment.Upload) error) error {
	up, err := u.Attachments.HoldUpload(c.UserContext(), request.CurrentSession(c).User, id, files.NewName())
	if err != nil {
		return err
	}
	err = meanwhile(up)
	if up.Finished || up.Holder == "" || errors.Is(err, attachment.ErrHeld) {
		return err
	}
	ctx, cancel := request.Brief()
	defer cancel()
	return errors.Join(err, u.Attachments.AdvanceUpload(ctx, up, up.Received, up.Digest, true))
}
