package picture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	maxExif    = 1 << 16 // bytes
	maxProfile = 1 << 20 // bytes of a colour profile
	walkBuffer = 32 << 10
)

var (
	errManyParts = errors.New("too many parts")
	errBroken    = errors.New("the parts do not follow each other")
)

// exifMark stands before EXIF data in a JPEG, and sometimes in a WebP.
var exifMark = []byte("Exif\x00\x00")

// span is a stretch of a picture's file, or what stands in its place.
type span struct {
	start, length int64
	literal       []byte
	zeros         bool // as many as the stretch is long
}

// inFile reports whether it is read from the file.
func (s span) inFile() bool { return s.literal == nil && !s.zeros }

// walk goes through the parts of a picture's file once, from its beginning to its end. It knows how many there
// may be: what a decoder does for each of them is bounded by that, and not by the size of the file.
type walk struct {
	*head
	file io.ReadSeeker
	size int64 // of the file
	at   int64 // where the next byte comes from
	done int64 // where the last part began
	left int   // parts that may still come
	r    *bufio.Reader
}

func newWalk(h *head, file io.ReadSeeker) (*walk, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	w := &walk{head: h, file: file, size: size, r: bufio.NewReaderSize(nil, walkBuffer)}
	return w, w.seek(0)
}

func (w *walk) seek(at int64) error {
	if _, err := w.file.Seek(at, io.SeekStart); err != nil {
		return err
	}
	w.at = at
	w.r.Reset(w.file)
	return nil
}

// part counts one more.
func (w *walk) part() error {
	w.done = w.at
	if w.left--; w.left < 0 {
		return errManyParts
	}
	return nil
}

// read returns the next n bytes.
func (w *walk) read(n int) ([]byte, error) {
	p := make([]byte, n)
	got, err := io.ReadFull(w.r, p)
	w.at += int64(got)
	return p, err
}

func (w *walk) byte() (byte, error) {
	b, err := w.r.ReadByte()
	if err == nil {
		w.at++
	}
	return b, err
}

// skip skips n bytes. The end of the file is not an error here: the walk detects a truncated picture.
func (w *walk) skip(n int64) error {
	n = min(n, w.size-w.at)
	if n > walkBuffer {
		return w.seek(w.at + n)
	}
	got, err := w.r.Discard(int(n))
	w.at += int64(got)
	return err
}

// keep says that a stretch of the file belongs to the picture.
func (h *head) keep(start, end int64) {
	if end <= start {
		return
	}
	if n := len(h.kept); n > 0 && h.kept[n-1].inFile() && h.kept[n-1].start+h.kept[n-1].length == start {
		h.kept[n-1].length += end - start
		return
	}
	h.kept = append(h.kept, span{start: start, length: end - start})
}

// put says what belongs to the picture though the file has it otherwise.
func (h *head) put(literal []byte) {
	h.kept = append(h.kept, span{length: int64(len(literal)), literal: literal})
}

// whole reports whether everything in the file belongs to the picture.
func (h *head) whole(size int64) bool {
	return len(h.kept) == 1 && h.kept[0].inFile() && h.kept[0].start == 0 && h.kept[0].length == size
}

// bare reads the picture without what does not belong to it.
func (h *head) bare(file io.ReadSeeker) io.Reader { return &bareReader{file: file, spans: h.kept} }

type bareReader struct {
	file  io.ReadSeeker
	spans []span
	from  io.Reader // of the first span, nil before it is begun
}

// Read goes from span to span.
func (b *bareReader) Read(p []byte) (int, error) {
	for len(b.spans) > 0 {
		if b.from == nil {
			if err := b.begin(b.spans[0]); err != nil {
				return 0, err
			}
		}
		n, err := b.from.Read(p)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		b.spans, b.from = b.spans[1:], nil
	}
	return 0, io.EOF
}

func (b *bareReader) begin(s span) error {
	switch {
	case s.literal != nil:
		b.from = bytes.NewReader(s.literal)
		return nil
	case s.zeros:
		b.from = io.LimitReader(zeroReader{}, s.length)
		return nil
	}
	_, err := b.file.Seek(s.start, io.SeekStart)
	b.from = io.LimitReader(b.file, s.length)
	return err
}

// zeroReader returns zeros without end.
type zeroReader struct{}

// Read is an io.Reader's.
func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// breakOff ends a walk that cannot go on: what comes from here on stays as it is, if anything was understood.
func (w *walk) breakOff() {
	from := w.done
	for _, s := range w.kept {
		if s.inFile() {
			from = max(from, s.start+s.length)
		}
	}
	if len(w.kept) > 0 {
		w.keep(from, w.size)
	}
}

// turn takes the orientation from EXIF data: the first that says one.
func (h *head) turn(exif []byte) {
	if h.orientation == 1 {
		h.orientation = orientation(bytes.TrimPrefix(exif, exifMark))
	}
}

// upTo reads at most so many bytes of a part of the given length, and passes the rest over.
func (w *walk) upTo(most int, length int64) ([]byte, error) {
	data, err := w.read(int(min(int64(most), length, w.size-w.at)))
	if err == nil {
		err = w.skip(length - int64(len(data)))
	}
	return data, err
}

// ended turns the end of the file into the end of the walk.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

func broken(what string) error { return fmt.Errorf("%w: %s", errBroken, what) }
