package upload

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

	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

const (
	maxField = MaxSmall // bytes of one field
	maxParts = 1000     // fields and files
	maxHead  = 16 << 10 // bytes of the head of a part
)

// File is a file of a form that is still arriving. It can be read until take returns.
type File struct {
	Field, Name string // Name is chosen by the sender and never part of a path
	io.Reader
}

// Form reads the body of a route for large bodies: a form of at most so many bytes (0: no limit). It passes each
// file to take while it arrives, in a context without a deadline, and skips empty file inputs. An error of take
// ends the reading. Afterwards request.Field finds the fields that have arrived, and the timeout of the request
// starts again: reading may have taken hours.
func Form(c *fiber.Ctx, most int64, take func(context.Context, File) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer request.ResetTimeout(c)
	defer End(c.Context())
	err := readForm(ctx, c, most, func(ctx context.Context, file File) error {
		if err := request.CheckUser(c); err != nil {
			return err
		}
		return take(ctx, file)
	})
	return cmp.Or(err, request.CheckUser(c))
}

// readForm is Form without the checks of the user and the timeout.
func readForm(ctx context.Context, c *fiber.Ctx, most int64, take func(context.Context, File) error) error {
	b, err := open(c, most)
	if err != nil {
		return err
	}
	defer b.close()
	kind, params, _ := mime.ParseMediaType(c.Get("Content-Type"))
	if kind == "multipart/form-data" && params["boundary"] != "" {
		err = (&formReader{body: b, fields: c.Request().PostArgs()}).run(ctx, params["boundary"], take)
	} else {
		err = readFields(c, b)
	}
	if b.err != nil && !errors.Is(b.err, io.EOF) {
		return b.err // the cause, which take may have wrapped
	}
	return err
}

// readFields reads a form without files.
func readFields(c *fiber.Ctx, b *body) error {
	all, err := io.ReadAll(io.LimitReader(b, MaxSmall+1))
	switch {
	case err != nil:
		return err
	case len(all) > MaxSmall:
		return fiber.ErrRequestEntityTooLarge
	}
	c.Request().SetBodyRaw(all)
	return nil
}

// formReader reads the parts of a form.
type formReader struct {
	body   *body
	head   int // bytes left for the head of a part, negative for no limit
	fields *fasthttp.Args
	text   int // bytes of all fields so far
}

// Read reads the body within the limit of the head.
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

var errHead = errors.New("the head of a part is too long")

func (f *formReader) run(ctx context.Context, boundary string, take func(context.Context, File) error) error {
	parts := multipart.NewReader(f, boundary)
	for range maxParts {
		f.head = maxHead
		part, err := parts.NextRawPart()
		if err == io.EOF { // a wrapped io.EOF ends the body before the form is complete
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

func (f *formReader) part(ctx context.Context, part *multipart.Part, take func(context.Context, File) error) error {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
	}
	name, isFile := params["filename"]
	if !isFile {
		return f.field(params["name"], part)
	}
	var content io.Reader = &source{part}
	if name == "" { // an empty file input has no name and no content
		first := bufio.NewReaderSize(content, 16)
		if _, err := first.Peek(1); errors.Is(err, io.EOF) {
			return nil
		}
		content = first
	}
	return take(ctx, File{Field: params["name"], Name: fileName(name), Reader: content})
}

// source reads a file. Its errors are bad requests.
type source struct{ part *multipart.Part }

func (s *source) Read(p []byte) (int, error) {
	n, err := s.part.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
	}
	return n, err
}

// fileName decodes the escapes that browsers write into a file name of a header.
func fileName(name string) string {
	return strings.ToValidUTF8(strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n").Replace(name), "\ufffd")
}

func (f *formReader) field(name string, part io.Reader) error {
	value, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return fmt.Errorf("%w: %w", fiber.ErrBadRequest, err)
	}
	if f.text += len(name) + len(value); len(value) > maxField || f.text > MaxSmall {
		return fiber.ErrRequestEntityTooLarge
	}
	f.fields.Add(name, string(value))
	return nil
}
