package picture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"os"

	"dchat/app/files/heif"
	"dchat/app/imagesize"
)

// maxHEIFBytes is the largest HEIC or AVIF that is decoded: it lies in the decoder's memory.
const maxHEIFBytes = 64 << 20

// order is what a process is to decode: what comes to it, and what is to come out.
type order struct {
	Codec         string
	Size          int64 // of the file, in bytes
	Width, Height int   // as it is decoded
	Crop          image.Rectangle
	Limit         int // the longest side of what comes out: all of RGBA
	Colours       heif.Colours
}

// describe takes over what is known of the main picture.
func (w *walk) describe(p heifMain) {
	w.main, w.profile = p, p.profile
	if p.codec == "" || w.size > maxHEIFBytes {
		return
	}
	if int64(p.coded.Dx())*int64(p.coded.Dy()) > MaxPixels {
		p.crop = p.coded
	}
	w.width, w.height, w.orientation = p.crop.Dx(), p.crop.Dy(), p.turn
	if p.codec == "hvc1" { // its decoder turns and cuts what it decodes, that of AVIF does not
		w.orientation = 1
		if p.turn >= 5 {
			w.width, w.height = w.height, w.width
		}
	}
}

// order is how the picture is to be decoded.
func (h *head) order() order {
	o := order{
		Codec: h.main.codec, Width: h.width, Height: h.height, Crop: image.Rect(0, 0, h.width, h.height),
		Limit: imagesize.Previews[len(imagesize.Previews)-1], Colours: h.main.colours,
	}
	if o.Codec == "av01" {
		o.Width, o.Height, o.Crop = h.main.coded.Dx(), h.main.coded.Dy(), h.main.crop
	}
	for _, s := range h.kept {
		o.Size += s.length
	}
	return o
}

// brands are what decoders want to read at the beginning of a file. What is in it says which of them it is.
var brands = map[string]string{"hvc1": "heic", "av01": "avif"}

// run decodes the picture and writes its pixels.
func (o order) run(ctx context.Context, in io.Reader, out io.Writer) error {
	start := make([]byte, 12)
	if _, err := io.ReadFull(in, start); err != nil {
		return err
	}
	copy(start[8:], brands[o.Codec])
	from := heif.Source{Reader: io.MultiReader(bytes.NewReader(start), in), Size: o.Size, Pixels: MaxPixels}
	decode := heif.AVIF
	if o.Codec == "hvc1" {
		decode = func(ctx context.Context, from heif.Source) (*heif.Image, error) {
			return heif.HEIC(ctx, from, o.Colours)
		}
	}
	m, err := decode(ctx, from)
	if err != nil {
		return err
	}
	defer m.Close()
	if m.Bounds() != image.Rect(0, 0, o.Width, o.Height) {
		return fmt.Errorf("%w: it is of another size than it says", ErrNotPicture)
	}
	_, err = out.Write(shrink(m, o.Crop, o.Limit).Pix)
	return err
}

// DecodeCommand is the name of the command that carries out DecodeApart.
const DecodeCommand = "decode"

// DecodeApart decodes one picture, as another process of this program has ordered it: a decoder cannot be stopped but
// with its process.
func DecodeApart(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("only the server may call this command")
	}
	var o order
	if err := json.Unmarshal([]byte(args[0]), &o); err != nil {
		return fmt.Errorf("only the server may call this command: %w", err)
	}
	yield()
	return o.run(ctx, in, out)
}

// DecodeIfAsked runs DecodeApart and exits if a test binary was started with DecodeCommand.
func DecodeIfAsked() {
	if len(os.Args) != 3 || os.Args[1] != DecodeCommand {
		return
	}
	if err := DecodeApart(context.Background(), os.Args[2:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
