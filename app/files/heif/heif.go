// Package heif decodes the pictures that phones make: HEIC and AVIF. The decoders are libheif and libavif, compiled to
// WebAssembly: what a picture makes them do stays in a memory of its own, which is bounded, and ends with its context.
package heif

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Memory is the most that a decoder may take for one picture, in bytes.
const Memory = 320 << 20

var errDecode = errors.New("the decoder finds no picture")

// Source is a picture's file.
type Source struct {
	Reader io.Reader
	Size   int64
	Pixels int64 // the most that the picture may have
}

// pixels makes an image of what a decoder has written, which lies at out.
type pixels func(memory api.Memory, out uint32) (image.Image, error)

// Image is a decoded picture. Its pixels are gone when it is closed.
type Image struct {
	image.Image
	Close func()
}

// Colours says how the numbers of a HEIC become red, green and blue. Zero is as most are.
type Colours struct {
	Matrix  int // by ITU-T H.273; 0 for 6
	Limited bool
}

// HEIC decodes the main picture of a HEIC: upright, and no more of it than is to be seen.
func HEIC(ctx context.Context, from Source, colours Colours) (*Image, error) {
	return heicDecoder.decode(ctx, from, func(c *call) (pixels, uint64, error) {
		if err := c.run(1, c.facts, c.facts+4, c.facts+8, c.facts+12, c.facts+16, 0); err != nil {
			return nil, 0, err
		}
		made, size, err := planes(c.fact(0), c.fact(1), c.fact(2), c.fact(3), colours)
		return made, size, err
	}, func(c *call, out uint64) error {
		return c.run(0, c.facts, c.facts+4, c.facts+8, c.facts+12, c.facts+16, out)
	})
}

// AVIF decodes the main picture of an AVIF, as it lies in the file.
func AVIF(ctx context.Context, from Source) (*Image, error) {
	return avifDecoder.decode(ctx, from, func(c *call) (pixels, uint64, error) {
		if err := c.run(1, 0, c.facts, c.facts+4, c.facts+8, c.facts+12, 0, 0); err != nil {
			return nil, 0, err
		}
		made, size := premultiplied(c.fact(0), c.fact(1), c.fact(2) > 8)
		return made, size, nil
	}, func(c *call, out uint64) error {
		return c.run(0, 0, c.facts, c.facts+4, c.facts+8, c.facts+12, c.facts+24, out)
	})
}

// call is a decoder at work on one picture.
type call struct {
	ctx            context.Context
	module         api.Module
	in, size       uint64
	facts          uint64 // where the decoder writes what it finds out: numbers of four bytes
	malloc, decode api.Function
}

// decode looks at the picture, makes room for its pixels, and has them written there.
func (d *decoder) decode(ctx context.Context, from Source, look func(*call) (pixels, uint64, error), write func(c *call, out uint64) error) (*Image, error) {
	compiled, err := d.compiled()
	if err != nil {
		return nil, err
	}
	module, err := compiled.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, allocator), compiled.module, moduleConfig)
	if err != nil {
		return nil, err
	}
	image, err := decodeIn(ctx, module, from, look, write)
	if err != nil {
		return nil, errors.Join(err, module.Close(context.WithoutCancel(ctx)))
	}
	return &Image{Image: image, Close: func() { _ = module.Close(context.WithoutCancel(ctx)) }}, nil
}

func decodeIn(ctx context.Context, module api.Module, from Source, look func(*call) (pixels, uint64, error), write func(c *call, out uint64) error) (image.Image, error) {
	c := &call{ctx: ctx, module: module, malloc: module.ExportedFunction("malloc"), decode: module.ExportedFunction("decode")}
	if err := c.load(from); err != nil {
		return nil, err
	}
	made, size, err := look(c)
	if err != nil {
		return nil, err
	}
	if w, h := int64(c.fact(0)), int64(c.fact(1)); w <= 0 || h <= 0 || w > from.Pixels/h {
		return nil, fmt.Errorf("%w of a size that can be: %d by %d", errDecode, w, h)
	}
	out, err := c.room(size)
	if err != nil {
		return nil, err
	}
	if err := write(c, out); err != nil {
		return nil, err
	}
	return made(module.Memory(), uint32(out))
}

// load reads the file to where the decoder sees it.
func (c *call) load(from Source) (err error) {
	c.size = uint64(from.Size)
	if c.in, err = c.room(c.size); err != nil {
		return err
	}
	if c.facts, err = c.room(32); err != nil {
		return err
	}
	place, ok := c.module.Memory().Read(uint32(c.in), uint32(c.size))
	if !ok {
		return errDecode
	}
	_, err = io.ReadFull(from.Reader, place)
	return err
}

// room takes memory. It is given back with all the rest.
func (c *call) room(size uint64) (uint64, error) {
	if size == 0 || size > Memory {
		return 0, errDecode
	}
	at, err := c.malloc.Call(c.ctx, size)
	if err != nil {
		return 0, err
	}
	if at[0] == 0 {
		return 0, fmt.Errorf("%w: no memory for it", errDecode)
	}
	return at[0], nil
}

func (c *call) run(parameters ...uint64) error {
	found, err := c.decode.Call(c.ctx, append([]uint64{c.in, c.size}, parameters...)...)
	if err == nil && found[0] == 0 {
		err = errDecode
	}
	return err
}

func (c *call) fact(i uint32) uint32 {
	v, _ := c.module.Memory().ReadUint32Le(uint32(c.facts) + 4*i)
	return v
}
