package files

import (
	"bufio"
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
	magic   string // what its files begin with; a dot is any byte
	config  func(io.Reader) (image.Config, error)
	decode  func(io.Reader) (image.Image, error)
	inspect func(*head, io.ReadSeeker) error // fills in cost and orientation
	canvas  bool                             // what is decoded may be smaller than the picture
}

var formats = []format{
	{magic: "\xff\xd8\xff", config: jpeg.DecodeConfig, decode: jpeg.Decode, inspect: inspectJPEG},
	{magic: "\x89PNG\r\n\x1a\n", config: png.DecodeConfig, decode: png.Decode, inspect: inspectPNG},
	{magic: "GIF87a", config: gif.DecodeConfig, decode: gif.Decode, inspect: inspectGIF, canvas: true},
	{magic: "GIF89a", config: gif.DecodeConfig, decode: gif.Decode, inspect: inspectGIF, canvas: true},
	{magic: "RIFF....WEBP", config: webp.DecodeConfig, decode: webp.Decode, inspect: inspectWebP},
}

// head is what is known of a picture before it is decoded.
type head struct {
	format        format
	width, height int
	orientation   int   // as in EXIF, 1 to 8
	cost          int64 // the memory that decoding takes, in bytes; rather too much than too little
}

// readHead reads from the beginning of the file.
func readHead(file io.ReadSeeker) (h head, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: panic: %v", ErrNotPicture, r)
		}
	}()
	r := bufio.NewReader(file)
	start, _ := r.Peek(12)
	i := slices.IndexFunc(formats, func(f format) bool { return begins(start, f.magic) })
	if i < 0 {
		return h, ErrNotPicture
	}
	h.format = formats[i]
	config, err := h.format.config(r)
	if err != nil {
		return h, fmt.Errorf("%w: %w", ErrNotPicture, err)
	}
	h.width, h.height, h.orientation = config.Width, config.Height, 1
	if h.width <= 0 || h.height <= 0 {
		return h, ErrNotPicture
	}
	if h.width > MaxPixels/h.height {
		return h, ErrTooLarge
	}
	if err := h.format.inspect(&h, file); err != nil {
		return h, fmt.Errorf("%w: %w", ErrNotPicture, err)
	}
	if h.cost > maxCost {
		return h, ErrTooLarge
	}
	return h, nil
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
