package picture

import (
	"context"
	"errors"
	"slices"

	"dchat/app/files"
)

// Clean stores a picture without its private metadata: location, time and camera. It decodes nothing and changes no
// pixel; orientation, colour profile and animation stay. A blob that is not a picture, or has no such metadata, is
// returned unchanged. In a truncated picture, the bytes after the break stay: no viewer shows them.
//
// The caller deletes the old blob.
func Clean(ctx context.Context, store files.Store, blob files.Blob) (files.Blob, error) {
	file, err := store.Open(ctx, blob.Name)
	if err != nil {
		return files.Blob{}, err
	}
	defer file.Close()
	h := head{}
	err = h.walk(file)
	if errors.Is(err, ErrNotPicture) && len(h.kept) == 0 || h.hasNoMagic() {
		return blob, nil
	}
	if err != nil && !errors.Is(err, ErrNotPicture) {
		return files.Blob{}, err
	}
	if h.whole(file.Size()) {
		return blob, nil
	}
	if err := files.Room(store, file.Size()); err != nil {
		return files.Blob{}, err
	}
	return store.Put(ctx, files.NewName(), h.bare(file))
}

// hasNoMagic reports whether the file has the signature of no known format.
func (h *head) hasNoMagic() bool {
	return !slices.ContainsFunc(formats, func(f format) bool { return f.magic == h.format.magic })
}
