package web

import (
	"context"
	"errors"
	"io"

	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/files/picture"
)

// pictureOf stores the picture that is in a file, and returns its id. What is wrong with the file is an
// Invalid "picture". The file lies in the store while it is looked at: it may come slowly, and from many
// at once.
func (w *Web) pictureOf(ctx context.Context, file io.Reader) (id string, err error) {
	name := files.NewName()
	blob, err := w.Files.Put(ctx, name, io.LimitReader(file, picture.MaxSquareBytes+1))
	if err != nil {
		return "", err
	}
	w.uploaded.Add(blob.Size)
	defer func() { err = errors.Join(err, w.Files.Delete(context.WithoutCancel(ctx), name)) }()
	if blob.Size > picture.MaxSquareBytes {
		return "", wrongPicture(picture.ErrTooBig)
	}
	original, err := w.Files.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer original.Close()
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	squares, err := picture.ReadSquares(ctx, original)
	if err != nil {
		return "", wrongPicture(err)
	}
	return squares.Save(ctx, w.Files)
}

// wrongPicture says what is wrong in words.
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
		return &chat.Error{Code: chat.Unavailable, Cause: err}
	default:
		return err
	}
	return &chat.Error{Code: chat.Invalid, Sentence: sentence, Fields: map[string]string{"picture": sentence}, Cause: err}
}
