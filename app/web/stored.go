package web

import (
	"context"
	"time"

	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/files/picture"
)

// asFileField is what says, in a form or of an upload, that a photo keeps the place and the camera.
const asFileField = "as_file"

// cleanRate is how slow a disk may be on which a photo is written anew, in bytes a second.
const cleanRate = 10 << 20

// stored looks into a file that has come. A photo is stored anew without the place and the camera, unless it is sent
// as a file: then it is one like any other, and no picture. The blob that has come is left to the caller.
func (w *Web) stored(name string, blob files.Blob, asFile bool) (chat.Stored, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin+time.Duration(blob.Size/cleanRate)*time.Second)
	defer cancel()
	var uploaded int64
	if !asFile {
		clean, err := picture.Clean(ctx, w.Files, blob)
		if err != nil {
			return chat.Stored{}, err
		}
		if clean.Name != blob.Name {
			uploaded = blob.Size
		}
		blob = clean
	}
	file, err := w.Files.Open(ctx, blob.Name)
	if err != nil {
		return chat.Stored{}, err
	}
	defer file.Close()
	kind, err := picture.ReadKind(file)
	if asFile {
		kind = picture.Kind{Type: kind.Type}
	}
	return chat.Stored{
		Name: name, Type: kind.Type, Blob: blob.Name, Size: blob.Size, Uploaded: uploaded, SHA256: blob.SHA256,
		Width: kind.Width, Height: kind.Height, Animated: kind.Animated,
	}, err
}
