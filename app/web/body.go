package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Bodies of requests come as streams: the server itself reads no more than their first byte. Those of
// ordinary routes are read into memory before the handler begins. A Large route authorises first and
// then reads by itself, with readForm or openBody; until it has, PostArgs would take everything
// into memory, however much it is.

// maxForm is the largest body of an ordinary route, in bytes: a message of 10,000 characters, each of
// four bytes written as %XX, fits.
const maxForm = 256 << 10

// The pace of bodies: every so often a byte has to come, and after a while so many a second on the
// whole. A telephone in a tunnel is faster; who only wants to keep a connection busy is not.
var (
	bodyIdle        = 30 * time.Second
	bodyGrace       = 30 * time.Second
	bodyPace  int64 = 1 << 10
)

// What is read of a body that nobody wants, so that the answer finds a browser that listens: one that
// is still sending when the connection closes may never see it.
var (
	lingerBytes int64 = 32 << 20
	lingerIdle        = time.Second
	lingerTime        = 5 * time.Second
)

// body is what a request brings. Its errors, but for io.EOF, are answers.
type body struct {
	ctx      *fasthttp.RequestCtx
	stream   io.Reader
	began    time.Time
	declared int64 // bytes, below 0 if that was not said
	most     int64 // bytes, 0 if there may be any number
	read     int64
	err      error
}

// openBody begins to read a body of at most so many bytes, 0 for any number. One that says that it is
// larger is refused at once.
func openBody(c *fiber.Ctx, most int64) (*body, error) {
	ctx := c.Context()
	b := &body{ctx: ctx, stream: ctx.RequestBodyStream(), began: time.Now(), declared: int64(ctx.Request.Header.ContentLength()), most: most}
	if b.stream == nil {
		b.stream = bytes.NewReader(ctx.Request.Body())
	}
	if len(ctx.Request.Header.ContentEncoding()) > 0 { // no browser does, and what is in it may be endless
		return nil, fiber.ErrUnsupportedMediaType
	}
	if most > 0 && b.declared > most {
		ctx.SetConnectionClose()
		return nil, fiber.ErrRequestEntityTooLarge
	}
	return b, nil
}

// Read waits as long as the pace allows.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	deadline := time.Now().Add(bodyIdle)
	if pace := b.began.Add(bodyGrace + time.Duration(b.read/bodyPace)*time.Second); pace.Before(deadline) {
		deadline = pace
	}
	if err := b.ctx.Conn().SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	if b.most > 0 { // one byte more would tell; the stream may wait for what follows the last that it is asked for
		p = p[:min(int64(len(p)), b.most-b.read+1)]
	}
	n, err := b.stream.Read(p)
	b.read += int64(n)
	b.err = b.judge(err)
	return n, b.err
}

// close ends reading: the stream may serve somebody else's request from now on.
func (b *body) close() {
	if b.err == nil {
		b.err = io.ErrClosedPipe
	}
}

// judge makes an answer of what ended the stream. Only after its end another request can follow.
func (b *body) judge(err error) error {
	switch {
	case b.most > 0 && b.read > b.most:
		b.ctx.SetConnectionClose()
		return fiber.ErrRequestEntityTooLarge
	case err == nil:
		return nil
	case errors.Is(err, io.EOF) && b.read >= b.declared: // the stream calls it an end, too, when the connection breaks
		return io.EOF
	}
	b.ctx.SetConnectionClose()
	_ = b.ctx.Request.CloseBodyStream() // nobody waits for the rest
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", fiber.ErrRequestTimeout, err)
	}
	return fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
}

// takeBody reads the body of an ordinary route.
func (w *Web) takeBody(c *fiber.Ctx) error {
	if !c.Request().IsBodyStream() {
		return c.Next()
	}
	began := time.Now()
	if err := takeAll(c); err != nil {
		return err
	}
	if time.Since(began) > time.Second {
		begin(c)
	}
	return c.Next()
}

// takeAll leaves a body's fields where they are looked for, however it is written.
func takeAll(c *fiber.Ctx) error {
	if strings.HasPrefix(strings.ToLower(c.Get("Content-Type")), "multipart/form-data") {
		return takeForm(c.UserContext(), c, maxForm, func(context.Context, upload) error { return nil })
	}
	b, err := openBody(c, maxForm)
	if err != nil {
		return err
	}
	all, err := io.ReadAll(b)
	if err != nil {
		return err
	}
	c.Request().SetBodyRaw(all)
	return nil
}

// takeTyped reads a form of a Large route that was refused unread, up to its first file: the answer shows what
// somebody has typed.
func (w *Web) takeTyped(c *fiber.Ctx) error {
	err := c.Next()
	if err != nil && !errors.Is(err, errOtherPerson) && c.Method() == fiber.MethodPost && c.Request().IsBodyStream() && !scripted(c) {
		_ = takeForm(c.UserContext(), c, 0, func(context.Context, upload) error { return err })
	}
	return err
}

// endBody follows every request, also those that were refused unread: no byte of a body is ever taken
// for the next request. If its end is not in sight, the connection closes.
func endBody(ctx *fasthttp.RequestCtx) {
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return
	}
	if !linger(ctx, stream) {
		ctx.SetConnectionClose()
	}
	ctx.Request.ResetBody()
}

// linger reads a body to its end, if that is near.
func linger(ctx *fasthttp.RequestCtx, stream io.Reader) bool {
	end, left := time.Now().Add(lingerTime), lingerBytes
	if int64(ctx.Request.Header.ContentLength()) > left {
		return false
	}
	for some := make([]byte, 4<<10); left > 0; {
		deadline := time.Now().Add(lingerIdle)
		if deadline.After(end) {
			deadline = end
		}
		if err := ctx.Conn().SetReadDeadline(deadline); err != nil {
			return false
		}
		n, err := stream.Read(some)
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		left -= int64(n)
	}
	return false
}
