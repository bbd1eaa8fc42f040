package web

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

const (
	maxField = maxForm  // bytes of one field
	maxParts = 1000     // fields and files
	maxHead  = 16 << 10 // bytes that say what a part is
)

// upload is a file of a form, on its way. It can be read until take returns.
type upload struct {
	Field, Name string // the name is the sender's: nothing but a text
	io.Reader
}

// readForm reads the body of a Large route: a form as pages send it, of at most so many bytes (0: any
// number). Each file is given to take while it arrives, in a context without an end in time; files
// that were not chosen are passed over. An error of take ends the reading. Then field knows the
// fields that have come, and the request's context begins anew: it may have taken hours.
func readForm(c *fiber.Ctx, most int64, take func(context.Context, upload) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer begin(c)
	defer endBody(c.Context())
	err := takeForm(ctx, c, most, func(ctx context.Context, file upload) error {
		if err := sameInForm(c); err != nil {
			return err
		}
		return take(ctx, file)
	})
	return cmp.Or(err, sameInForm(c))
}

// takeForm is readForm without what belongs around it.
func takeForm(ctx context.Context, c *fiber.Ctx, most int64, take func(context.Context, upload) error) error {
	b, err := openBody(c, most)
	if err != nil {
		return err
	}
	defer b.close()
	kind, params, _ := mime.ParseMediaType(c.Get("Content-Type"))
	if kind == "multipart/form-data" && params["boundary"] != "" {
		err = (&formReader{body: b, fields: c.Request().PostArgs()}).run(ctx, params["boundary"], take)
	} else {
		err = takeFields(c, b)
	}
	if b.err != nil && !errors.Is(b.err, io.EOF) {
		return b.err // whatever take has made of it
	}
	return err
}

// takeFields reads a form without files.
func takeFields(c *fiber.Ctx, b *body) error {
	all, err := io.ReadAll(io.LimitReader(b, maxForm+1))
	switch {
	case err != nil:
		return err
	case len(all) > maxForm:
		return fiber.ErrRequestEntityTooLarge
	}
	c.Request().SetBodyRaw(all)
	return nil
}

// formReader walks through the parts of a form.
type formReader struct {
	body   *body
	head   int // bytes that may be read of it, below 0 for any number
	fields *fasthttp.Args
	text   int // bytes of fields
}

// Read is the body, as much of it as may be read now.
func (f *formReader) Read(p []byte) (int, error) {
	if f.head == 0 {
		return 0, errHead
	}
	if f.head > 0 {
		p = p[:min(len(p), f.head)]
	}
	n, err := f.body.Read(p)
	if f.head > 0 {
		f.head -= n
	}
	return n, err
}

var errHead = errors.New("what a part is takes too many words")

func (f *formReader) run(ctx context.Context, boundary string, take func(context.Context, upload) error) error {
	parts := multipart.NewReader(f, boundary)
	for range maxParts {
		f.head = maxHead
		part, err := parts.NextRawPart()
		if err == io.EOF { // wrapped, it is the end of the body, but not of the form
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
		}
		f.head = -1
		if err := f.part(ctx, part, take); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, part); err != nil {
			return fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
		}
	}
	return fiber.ErrRequestEntityTooLarge
}

func (f *formReader) part(ctx context.Context, part *multipart.Part, take func(context.Context, upload) error) error {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
	}
	name, isFile := params["filename"]
	if !isFile {
		return f.field(params["name"], part)
	}
	var content io.Reader = &source{part}
	if name == "" { // is how browsers say that none was chosen, if nothing follows
		first := bufio.NewReaderSize(content, 16)
		if _, err := first.Peek(1); errors.Is(err, io.EOF) {
			return nil
		}
		content = first
	}
	return take(ctx, upload{Field: params["name"], Name: fileName(name), Reader: content})
}

// source is what a file is read from. Its errors are the sender's.
type source struct{ part *multipart.Part }

func (s *source) Read(p []byte) (int, error) {
	n, err := s.part.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
	}
	return n, err
}

// fileName undoes how browsers write a name into a header.
func fileName(name string) string {
	return strings.ToValidUTF8(strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n").Replace(name), "\ufffd")
}

func (f *formReader) field(name string, part io.Reader) error {
	value, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
	}
	if f.text += len(name) + len(value); len(value) > maxField || f.text > maxForm {
		return fiber.ErrRequestEntityTooLarge
	}
	f.fields.Add(name, string(value))
	return nil
}
