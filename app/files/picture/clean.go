package picture

import (
	"context"
	"errors"
	"slices"

	"dchat/app/files"
)

// Clean stores a picture without what only its owner is to know: where it was taken, when, and with what. Nothing is
// decoded and no pixel changes; how the picture is turned stays, and so do its colours and its movement. A blob that
// is no picture, or has nothing to lose, stays as it is and is returned as it was. Of a picture that breaks off, what
// stands behind the break stays: no viewer shows it.
//
// The blob under the old name is left to the caller.
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

// hasNoMagic reports whether the file is of no kind that is known.
func (h *head) hasNoMagic() bool {
	return !slices.ContainsFunc(formats, func(f format) bool { return f.magic == h.format.magic })
}
