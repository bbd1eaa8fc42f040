package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"

	"dchat/app/files"
	"dchat/app/imagesize"
)

// MakePreviews stores smaller images beside an image: JPEGs of pixels and nothing else, upright, on paper where it is
// transparent, and never larger than it is. It returns ErrNotPicture or ErrTooLarge for a file that cannot be
// decoded, and files.ErrNotFound for a missing blob.
func MakePreviews(ctx context.Context, store files.Store, name string) error {
	file, err := store.Open(ctx, name)
	if err != nil {
		return err
	}
	defer file.Close()
	if file.Size() > MaxImageBytes {
		return ErrTooLarge
	}
	h, err := readHead(file)
	if err != nil {
		return err
	}
	var made [][]byte
	decode := h.decode
	if h.format.apart {
		decode = h.decodeApart
	}
	err = decode(ctx, file, func(whole image.Image, bounds image.Rectangle) (err error) {
		made, err = previews(whole, bounds, &h)
		return err
	})
	if err != nil {
		return err
	}
	blobs := imagesize.Files(name, imagesize.Previews)
	for i, blob := range blobs {
		if _, err := store.Put(ctx, blob, bytes.NewReader(made[i])); err != nil {
			return errors.Join(err, store.Delete(context.WithoutCancel(ctx), blobs...))
		}
	}
	return nil
}

// IsNoImage reports whether an error of MakePreviews is final: the file cannot be decoded.
func IsNoImage(err error) bool { return errors.Is(err, ErrNotPicture) || errors.Is(err, ErrTooLarge) }

// previews makes the largest first, and the others of it.
func previews(whole image.Image, bounds image.Rectangle, h *head) ([][]byte, error) {
	made := make([][]byte, len(imagesize.Previews))
	var last *image.RGBA
	for i := len(imagesize.Previews) - 1; i >= 0; i-- {
		if last == nil {
			last = upright(h.inColour(onPaper(shrink(whole, bounds, imagesize.Previews[i]))), h.orientation)
		} else {
			last = shrink(last, last.Rect, imagesize.Previews[i])
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, last, &jpeg.Options{Quality: 85}); err != nil {
			return nil, err
		}
		made[i] = b.Bytes()
	}
	return made, nil
}
