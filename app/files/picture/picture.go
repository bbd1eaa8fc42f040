// Package picture reads what people upload as pictures: it measures them, removes what only their owner may know, and
// makes the smaller JPEGs that pages show. Nothing but pixels is left in these.
package picture

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"runtime/debug"
	"time"

	"dchat/app/files"
	"dchat/app/imagesize"

	"golang.org/x/sync/semaphore"
)

// Errors of files that cannot be used as a picture.
var (
	ErrNotPicture = errors.New("not a picture of a known kind, or not all of it")
	ErrTooLarge   = errors.New("the picture has too many pixels")
	ErrTooBig     = errors.New("the picture has too many bytes")
)

const (
	// MaxSquareBytes and MaxPixels are the largest picture that is looked at.
	MaxSquareBytes = 20 << 20
	MaxPixels      = 40_000_000

	// maxCost is the memory, in bytes, that all pictures take that are decoded at the same time, and
	// so the most that one of them may.
	maxCost = 256 << 20
	// heavy is a picture whose memory is given back to the system at once.
	heavy = 32 << 20
)

// decodeWithin limits the time of decoding, against pictures made to keep a decoder busy. Ordinary ones take a second
// or two.
var decodeWithin = 20 * time.Second

// decoding is shared out by cost. One picture takes at least half, so there are never more than two.
var decoding = semaphore.NewWeighted(maxCost)

// Squares is the square middle of a picture, upright, on paper where it was transparent: pixels and
// nothing else of what was uploaded.
type Squares struct {
	squares [][]byte // a JPEG for each of imagesize.Squares
}

// ReadSquares reads a JPEG, PNG, GIF (its first frame) or WebP; it detects the format by the content. It returns
// ErrNotPicture, ErrTooLarge or ErrTooBig for an unsuitable file; any other error is not the picture's. A reader that
// cannot seek is read into memory.
func ReadSquares(ctx context.Context, r io.Reader) (*Squares, error) {
	file, err := seekable(r)
	if err != nil {
		return nil, err
	}
	h, err := readHead(file)
	if err != nil {
		return nil, err
	}
	if h.format.apart { // nothing waits for so long
		return nil, ErrNotPicture
	}
	var p *Squares
	err = h.decode(ctx, file, func(whole image.Image, bounds image.Rectangle) (err error) {
		p, err = newSquares(upright(h.inColour(square(whole, bounds)), h.orientation))
		return err
	})
	return p, err
}

func seekable(r io.Reader) (io.ReadSeeker, error) {
	file, ok := r.(io.ReadSeeker)
	if !ok {
		all, err := io.ReadAll(io.LimitReader(r, MaxSquareBytes+1))
		if err != nil {
			return nil, err
		}
		file = bytes.NewReader(all)
	}
	switch size, err := file.Seek(0, io.SeekEnd); {
	case err != nil:
		return nil, err
	case size > MaxSquareBytes:
		return nil, ErrTooBig
	}
	_, err := file.Seek(0, io.SeekStart)
	return file, err
}

// decode calls use with what is in the file, when there is memory for it. If the decoder fails or panics, the error
// is ErrNotPicture.
func (h head) decode(ctx context.Context, file io.ReadSeeker, use func(whole image.Image, bounds image.Rectangle) error) (err error) {
	weight := max(h.cost, maxCost/2)
	if err := decoding.Acquire(ctx, weight); err != nil {
		return err
	}
	defer decoding.Release(weight)
	if h.cost > heavy {
		defer debug.FreeOSMemory()
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: panic: %v", ErrNotPicture, r)
		}
	}()
	whole, err := h.pixelsOf(ctx, file)
	if err != nil {
		return err
	}
	bounds := whole.Bounds()
	if h.format.canvas { // a frame may be a part of it
		bounds = image.Rect(0, 0, h.width, h.height)
	}
	return use(whole, bounds)
}

func (h head) pixelsOf(ctx context.Context, file io.ReadSeeker) (image.Image, error) {
	timed, cancel := context.WithTimeout(ctx, decodeWithin)
	defer cancel()
	source := &smallReads{r: files.Mindful{Context: timed, From: bufio.NewReaderSize(h.still(file), walkBuffer)}}
	whole, err := h.format.decode(&h, source)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case source.err != nil && timed.Err() == nil:
		return nil, source.err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNotPicture, err)
	}
	return whole, nil
}

// still reads what is decoded: the picture, or the first frame of one that moves.
func (h head) still(file io.ReadSeeker) io.Reader {
	if h.first != nil {
		return &bareReader{file: file, spans: h.first.kept}
	}
	return h.bare(file)
}

// smallReads gives a decoder few bytes at a time, so that its context is checked often: a few bytes can mean much work.
// It remembers an error that is not the decoder's.
type smallReads struct {
	r   io.Reader
	err error
}

func (s *smallReads) Read(p []byte) (int, error) {
	n, err := s.r.Read(p[:min(len(p), 512)])
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// Save stores the squares under an id of their own: `id.96`, `id.256` and `id.512`.
func (p *Squares) Save(ctx context.Context, store files.Store) (id string, err error) {
	id = files.NewName()
	for i, name := range imagesize.Files(id, imagesize.Squares) {
		if _, err := store.Put(ctx, name, bytes.NewReader(p.squares[i])); err != nil {
			return "", errors.Join(err, store.Delete(context.WithoutCancel(ctx), imagesize.Files(id, imagesize.Squares)...))
		}
	}
	return id, nil
}
