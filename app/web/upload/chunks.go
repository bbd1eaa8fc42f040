package upload

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/errs"
	"dchat/app/files"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

// An upload is recorded chunk by chunk: after chunkBytes, or after chunkTime if the sender is slow. A node that
// dies loses no more than one chunk; a node that records nothing for much longer loses its hold on the upload.
const (
	chunkBytes = 4 << 20
	chunkTime  = 3 * time.Second
)

// chunks reads a body in chunks.
type chunks struct {
	body  *body
	ahead *bufio.Reader
	left  int64     // of this chunk
	until time.Time // of this chunk
}

func (k *chunks) next(rest int64) io.Reader {
	k.left, k.until = min(rest, chunkBytes), time.Now().Add(chunkTime)
	return k
}

// Read leaves late bytes to the next chunk: they may be written only after the hold is checked again.
func (k *chunks) Read(b []byte) (int, error) {
	if k.left == 0 {
		return 0, io.EOF
	}
	if _, err := k.ahead.Peek(1); err != nil {
		return 0, err
	}
	if time.Now().After(k.until) {
		return 0, io.EOF
	}
	n, err := k.ahead.Read(b[:min(int64(len(b)), k.left)])
	k.left -= int64(n)
	return n, err
}

// over reports whether the whole body has been read.
func (k *chunks) over() bool { return k.body.err != nil && k.ahead.Buffered() == 0 }

// readChunks stores what the body contains, and finishes the upload if it is complete.
func (u *Uploads) readChunks(c *fiber.Ctx, up *attachment.Upload) error {
	rest := up.Size - up.Received
	if rest == 0 && up.Size > 0 {
		return u.finishUpload(up)
	}
	b, err := open(c, max(rest, 1))
	if err != nil {
		return err
	}
	for k := (&chunks{body: b, ahead: bufio.NewReaderSize(b, 64<<10)}); ; {
		if err := u.readChunk(up, k); err != nil {
			return err
		}
		switch {
		case up.Received == up.Size:
			return u.finishUpload(up)
		case k.over():
			return nil
		case u.Draining(): // the browser continues on another node
			return &errs.Error{Code: errs.Unavailable, Sentence: "The server is restarting."}
		}
	}
}

func (u *Uploads) readChunk(up *attachment.Upload, k *chunks) error {
	rest := up.Size - up.Received
	if err := files.Room(u.Files, min(rest, chunkBytes)); err != nil {
		return err
	}
	n, digest, failed := u.Files.Append(context.Background(), up.ID, up.Received, up.Digest, k.next(rest))
	u.received.Add(n)
	if errors.Is(failed, files.ErrNotFound) {
		return u.loseUpload(up)
	}
	if n > 0 || !k.over() {
		ctx, cancel := request.Brief()
		defer cancel()
		release := n < rest && k.over()
		if err := u.Attachments.AdvanceUpload(ctx, up, up.Received+n, digest, release); err != nil {
			return errors.Join(err, failed)
		}
	}
	return failed
}

// finishUpload makes an attachment of an upload. It may be repeated after any failure.
func (u *Uploads) finishUpload(up *attachment.Upload) error {
	ctx, cancel := request.Brief()
	defer cancel()
	blob, err := u.Files.Finish(ctx, up.ID, up.Size, up.Digest)
	if errors.Is(err, files.ErrNotFound) {
		return u.loseUpload(up)
	}
	if err != nil {
		return err
	}
	stored, err := u.stored(up.Name, blob, up.AsFile)
	if err != nil {
		return err
	}
	ctx, cancel = request.Brief() // a large photo may have taken long
	defer cancel()
	if _, err = u.Attachments.FinishUpload(ctx, up, stored); err != nil && stored.Blob != up.ID {
		err = errors.Join(err, u.Files.Delete(ctx, stored.Blob))
	}
	up.Finished = err == nil
	return err
}

// loseUpload deletes an upload whose bytes are missing: the browser starts again.
func (u *Uploads) loseUpload(up *attachment.Upload) error {
	ctx, cancel := request.Brief()
	defer cancel()
	up.Finished = true
	err := u.Attachments.DropUpload(ctx, &account.User{ID: up.UserID}, up.ID)
	if err == nil { // the user has not cancelled it meanwhile
		u.Log.Error("the bytes of an upload are gone", "upload", up.ID, "received", up.Received)
		err = &errs.Error{Code: errs.NotFound, Sentence: "This upload is no longer there."}
	}
	return err
}
