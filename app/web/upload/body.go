package upload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Bodies of requests come as streams: the server itself reads no more than their first byte. Those of
// ordinary routes are read into memory before the handler begins. A route for large bodies authorises first
// and then reads with Form or open; before that, PostArgs would read the whole body into memory.

// MaxSmall is the largest body of an ordinary route, in bytes: a message of 10,000 characters, each of
// four bytes written as %XX, fits.
const MaxSmall = 256 << 10

// The minimum pace of bodies: a byte within every bodyIdle, and after bodyGrace an average of bodyPace bytes a
// second. A slow phone is faster; a client that only keeps a connection busy is not.
var (
	bodyIdle        = 30 * time.Second
	bodyGrace       = 30 * time.Second
	bodyPace  int64 = 1 << 10
)

// How much of a refused body is read, so that the browser receives the answer: a browser that is still sending
// when the connection closes may never see it.
var (
	lingerBytes int64 = 32 << 20
	lingerIdle        = time.Second
	lingerTime        = 5 * time.Second
)

// body reads the body of a request. Its errors, except io.EOF, are Fiber errors with the status of the answer.
type body struct {
	ctx      *fasthttp.RequestCtx
	stream   io.Reader
	began    time.Time
	declared int64 // bytes, negative if unknown
	most     int64 // bytes, 0 for no limit
	read     int64
	err      error
}

// open returns a body of at most so many bytes, 0 for no limit. It refuses a larger declared length before the first
// byte.
func open(c *fiber.Ctx, most int64) (*body, error) {
	ctx := c.Context()
	b := &body{ctx: ctx, stream: ctx.RequestBodyStream(), began: time.Now(), declared: int64(ctx.Request.Header.ContentLength()), most: most}
	if b.stream == nil {
		b.stream = bytes.NewReader(ctx.Request.Body())
	}
	if len(ctx.Request.Header.ContentEncoding()) > 0 { // no browser sends one, and its content may be endless
		return nil, fiber.ErrUnsupportedMediaType
	}
	if most > 0 && b.declared > most {
		ctx.SetConnectionClose()
		return nil, fiber.ErrRequestEntityTooLarge
	}
	return b, nil
}

// Read waits for the next bytes as long as the minimum pace allows.
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
	if b.most > 0 { // one byte more shows an excess; the stream may block for bytes beyond those requested
		p = p[:min(int64(len(p)), b.most-b.read+1)]
	}
	n, err := b.stream.Read(p)
	b.read += int64(n)
	b.err = b.judge(err)
	return n, b.err
}

// close ends the reading, because the stream may serve the next request of the connection.
func (b *body) close() {
	if b.err == nil {
		b.err = io.ErrClosedPipe
	}
}

// judge turns an error of the stream into an answer. The connection can serve another request only after a complete
// body.
func (b *body) judge(err error) error {
	switch {
	case b.most > 0 && b.read > b.most:
		b.ctx.SetConnectionClose()
		return fiber.ErrRequestEntityTooLarge
	case err == nil:
		return nil
	case errors.Is(err, io.EOF) && b.read >= b.declared: // a broken connection ends the stream with io.EOF too
		return io.EOF
	}
	b.ctx.SetConnectionClose()
	_ = b.ctx.Request.CloseBodyStream() // the rest is not awaited
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", fiber.ErrRequestTimeout, err)
	}
	return fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
}

// Small is the middleware of ordinary routes: it reads their body of at most MaxSmall bytes. After a slow body, the
// timeout of the request starts again.
func Small(c *fiber.Ctx) error {
	if !c.Request().IsBodyStream() {
		return c.Next()
	}
	began := time.Now()
	if err := readSmall(c); err != nil {
		return err
	}
	if time.Since(began) > time.Second {
		request.ResetTimeout(c)
	}
	return c.Next()
}

// readSmall reads a body into PostArgs, whatever its encoding.
func readSmall(c *fiber.Ctx) error {
	if strings.HasPrefix(strings.ToLower(c.Get("Content-Type")), "multipart/form-data") {
		return readForm(c.UserContext(), c, MaxSmall, func(context.Context, File) error { return nil })
	}
	b, err := open(c, MaxSmall)
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

// Large is the middleware of routes that read their bodies themselves. If a route refuses a form unread, Large reads
// it up to its first file, so that the answer shows the typed text again.
func Large(c *fiber.Ctx) error {
	err := c.Next()
	if err != nil && !errors.Is(err, request.ErrOtherUser) && c.Method() == fiber.MethodPost && c.Request().IsBodyStream() && !request.Scripted(c) {
		_ = readForm(c.UserContext(), c, 0, func(context.Context, File) error { return err })
	}
	return err
}

// End discards the rest of the body after every request, also a refused one: no byte of it may be parsed as the next
// request. If the rest is long or slow, the connection closes.
func End(ctx *fasthttp.RequestCtx) {
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return
	}
	if !linger(ctx, stream) {
		ctx.SetConnectionClose()
	}
	ctx.Request.ResetBody()
}

// linger reads a body to its end, within lingerBytes and lingerTime. It reports whether it reached the end.
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
