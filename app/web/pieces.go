package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"

	"dchat/app/chat"
	"dchat/app/files"

	"github.com/gofiber/fiber/v2"
)

// An upload is written down piece by piece: after so many bytes, and while fewer come after so long. A
// node that dies loses no more, and one that is silent for much longer has lost its hold.
const (
	pieceBytes = 4 << 20
	pieceTime  = 3 * time.Second
)

// pieces cuts a body.
type pieces struct {
	body  *body
	ahead *bufio.Reader
	left  int64     // of this piece
	until time.Time // of this piece
}

func (p *pieces) next(rest int64) io.Reader {
	p.left, p.until = min(rest, pieceBytes), time.Now().Add(pieceTime)
	return p
}

// Read leaves what comes too late to the next piece: only after another look at the hold may it be
// written.
func (p *pieces) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	if _, err := p.ahead.Peek(1); err != nil {
		return 0, err
	}
	if time.Now().After(p.until) {
		return 0, io.EOF
	}
	n, err := p.ahead.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	return n, err
}

// over reports whether nothing more comes.
func (p *pieces) over() bool { return p.body.err != nil && p.ahead.Buffered() == 0 }

// takePieces takes what the body has, and finishes the upload if that was the rest.
func (w *Web) takePieces(c *fiber.Ctx, up *chat.Upload) error {
	rest := up.Size - up.Received
	if rest == 0 && up.Size > 0 {
		return w.finishUpload(up)
	}
	b, err := openBody(c, max(rest, 1))
	if err != nil {
		return err
	}
	for p := (&pieces{body: b, ahead: bufio.NewReaderSize(b, 64<<10)}); ; {
		if err := w.takePiece(up, p); err != nil {
			return err
		}
		switch {
		case up.Received == up.Size:
			return w.finishUpload(up)
		case p.over():
			return nil
		case w.draining.Load(): // the rest is for another node
			return &chat.Error{Code: chat.Unavailable, Sentence: "The server is restarting."}
		}
	}
}

func (w *Web) takePiece(up *chat.Upload, p *pieces) error {
	rest := up.Size - up.Received
	if err := files.Room(w.Files, min(rest, pieceBytes)); err != nil {
		return err
	}
	n, digest, failed := w.Files.Append(context.Background(), up.ID, up.Received, up.Digest, p.next(rest))
	w.uploaded.Add(n)
	if errors.Is(failed, files.ErrNotFound) {
		return w.loseUpload(up)
	}
	if n > 0 || !p.over() {
		ctx, cancel := brief()
		defer cancel()
		release := n < rest && p.over()
		if err := w.Store.AdvanceUpload(ctx, up, up.Received+n, digest, release); err != nil {
			return errors.Join(err, failed)
		}
	}
	return failed
}

// finishUpload makes an attachment of an upload. It may be asked again after whatever has gone wrong.
func (w *Web) finishUpload(up *chat.Upload) error {
	ctx, cancel := brief()
	defer cancel()
	blob, err := w.Files.Finish(ctx, up.ID, up.Size, up.Digest)
	if errors.Is(err, files.ErrNotFound) {
		return w.loseUpload(up)
	}
	if err != nil {
		return err
	}
	stored, err := w.stored(up.Name, blob, up.AsFile)
	if err != nil {
		return err
	}
	ctx, cancel = brief() // a large photo may have taken long
	defer cancel()
	if _, err = w.Store.FinishUpload(ctx, up, stored); err != nil && stored.Blob != up.ID {
		err = errors.Join(err, w.Files.Delete(ctx, stored.Blob))
	}
	up.Finished = err == nil
	return err
}

// loseUpload forgets an upload whose bytes are not there any more: the browser begins anew.
func (w *Web) loseUpload(up *chat.Upload) error {
	ctx, cancel := brief()
	defer cancel()
	up.Finished = true
	err := w.Store.DropUpload(ctx, &chat.User{ID: up.UserID}, up.ID)
	if err == nil { // nobody has cancelled it
		w.Log.Error("the bytes of an upload are gone", "upload", up.ID, "received", up.Received)
		err = &chat.Error{Code: chat.NotFound, Sentence: "This upload is no longer there."}
	}
	return err
}
