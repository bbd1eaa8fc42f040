package picture

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	"golang.org/x/image/webp"
)

// format is a kind of picture that can be read.
type format struct {
	magic  string // what its files begin with; a dot is any byte
	config func(io.Reader) (image.Config, error)
	decode func(*head, io.Reader) (image.Image, error)
	walk   func(*walk) error // fills in the rest of a head
	canvas bool              // what is decoded may be smaller than the picture
	apart  bool              // a process of its own decodes it, for a while
}

var formats = []format{
	{magic: "\xff\xd8\xff", config: jpeg.DecodeConfig, decode: plainly(jpeg.Decode), walk: walkJPEG},
	{magic: "\x89PNG\r\n\x1a\n", config: png.DecodeConfig, decode: plainly(png.Decode), walk: walkPNG},
	{magic: "GIF87a", config: gif.DecodeConfig, decode: plainly(gif.Decode), walk: walkGIF, canvas: true},
	{magic: "GIF89a", config: gif.DecodeConfig, decode: plainly(gif.Decode), walk: walkGIF, canvas: true},
	{magic: "RIFF....WEBP", config: webp.DecodeConfig, decode: decodeWebP, walk: walkWebP, canvas: true},
	{magic: "....ftyp", walk: walkHEIF, apart: true},
}

func plainly(decode func(io.Reader) (image.Image, error)) func(*head, io.Reader) (image.Image, error) {
	return func(_ *head, r io.Reader) (image.Image, error) { return decode(r) }
}

// head is what is known of a picture before it is decoded.
type head struct {
	format        format
	width, height int
	orientation   int   // as in EXIF, 1 to 8
	cost          int64 // the memory that decoding takes, in bytes; rather too much than too little
	perPixel      int64 // what is to be added to it for each pixel
	frames        int   // of an animation
	first         *webpFirst
	profile       []byte // of its colours (ICC), nil for none
	kept          []span // what of the file belongs to the picture
	main          heifMain
}

// readHead reads the whole file, but for what can be passed over.
func readHead(file io.ReadSeeker) (h head, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: panic: %v", ErrNotPicture, r)
		}
	}()
	if err := h.walk(file); err != nil {
		return h, err
	}
	if h.format.config != nil { // else the walk has found the size
		config, err := h.format.config(bufio.NewReader(h.bare(file)))
		if err != nil {
			return h, fmt.Errorf("%w: %w", ErrNotPicture, err)
		}
		h.width, h.height = config.Width, config.Height
	}
	if h.width <= 0 || h.height <= 0 {
		return h, ErrNotPicture
	}
	if h.width > MaxPixels/h.height {
		return h, ErrTooLarge
	}
	if f := h.first; f != nil && (f.x+f.width > h.width || f.y+f.height > h.height) {
		return h, fmt.Errorf("%w: a frame beside the picture", ErrNotPicture)
	}
	if h.cost += h.perPixel * h.pixels(); h.cost > maxCost {
		return h, ErrTooLarge
	}
	return h, nil
}

// walk reads the parts of a picture. A truncated file, or one with too many parts, is ErrNotPicture.
func (h *head) walk(file io.ReadSeeker) error {
	h.orientation = 1
	w, err := newWalk(h, file)
	if err != nil {
		return err
	}
	start, _ := w.r.Peek(12)
	i := slices.IndexFunc(formats, func(f format) bool { return begins(start, f.magic) })
	if i < 0 {
		return ErrNotPicture
	}
	h.format = formats[i]
	err = h.format.walk(w)
	for _, wrong := range []error{errBroken, errManyParts, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, wrong) {
			w.breakOff()
			return fmt.Errorf("%w: %w", ErrNotPicture, err)
		}
	}
	return err // the disk's
}

func begins(start []byte, magic string) bool {
	if len(start) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '.' && magic[i] != start[i] {
			return false
		}
	}
	return true
}

// pixels is how many there are.
func (h *head) pixels() int64 { return int64(h.width) * int64(h.height) }
