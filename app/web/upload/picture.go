package upload

import (
	"context"
	"errors"
	"io"

	"dchat/app/errs"
	"dchat/app/files"
	"dchat/app/files/picture"
	"dchat/app/web/request"
)

// Picture stores a profile picture and returns its id. A fault of the file is an Invalid error of the field
// "picture". The file lies in the store while it is decoded: many may arrive slowly and at once.
func (u *Uploads) Picture(ctx context.Context, file io.Reader) (id string, err error) {
	name := files.NewName()
	blob, err := u.Files.Put(ctx, name, io.LimitReader(file, picture.MaxSquareBytes+1))
	if err != nil {
		return "", err
	}
	u.received.Add(blob.Size)
	defer func() { err = errors.Join(err, u.Files.Delete(context.WithoutCancel(ctx), name)) }()
	if blob.Size > picture.MaxSquareBytes {
		return "", wrongPicture(picture.ErrTooBig)
	}
	original, err := u.Files.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer original.Close()
	ctx, cancel := context.WithTimeout(ctx, request.Timeout)
	defer cancel()
	squares, err := picture.ReadSquares(ctx, original)
	if err != nil {
		return "", wrongPicture(err)
	}
	return squares.Save(ctx, u.Files)
}

// wrongPicture turns a fault of the file into an Invalid error.
func wrongPicture(err error) error {
	var sentence string
	switch {
	case errors.Is(err, picture.ErrNotPicture):
		sentence = "That is not a picture DChat can read. JPEG, PNG, GIF and WebP work."
	case errors.Is(err, picture.ErrTooLarge):
		sentence = "That picture has more pixels than DChat can handle. A smaller copy of it works."
	case errors.Is(err, picture.ErrTooBig):
		sentence = "That file is too big for a picture: 20 MB are the most."
	case errors.Is(err, context.DeadlineExceeded): // many pictures at once
		return &errs.Error{Code: errs.Unavailable, Cause: err}
	default:
		return err
	}
	return &errs.Error{Code: errs.Invalid, Sentence: sentence, Fields: map[string]string{"picture": sentence}, Cause: err}
}
