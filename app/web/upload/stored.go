package upload

import (
	"context"
	"time"

	"dchat/app/attachment"
	"dchat/app/files"
	"dchat/app/files/picture"
	"dchat/app/web/request"
)

// AsFileField marks, in a form or in the metadata of an upload, photos that keep their metadata.
const AsFileField = "as_file"

// cleanRate is the rate at which the slowest disk rewrites a photo, in bytes a second.
const cleanRate = 10 << 20

// stored detects the type of a received file. It stores a photo again without its metadata (place, camera),
// unless it is sent as a file: then it is an ordinary file and not shown as a picture. The caller deletes the received
// blob.
func (u *Uploads) stored(name string, blob files.Blob, asFile bool) (attachment.Stored, error) {
	ctx, cancel := context.WithTimeout(context.Background(), request.Timeout+time.Duration(blob.Size/cleanRate)*time.Second)
	defer cancel()
	var uploaded int64
	if !asFile {
		clean, err := picture.Clean(ctx, u.Files, blob)
		if err != nil {
			return attachment.Stored{}, err
		}
		if clean.Name != blob.Name {
			uploaded = blob.Size
		}
		blob = clean
	}
	file, err := u.Files.Open(ctx, blob.Name)
	if err != nil {
		return attachment.Stored{}, err
	}
	defer file.Close()
	kind, err := picture.ReadKind(file)
	if asFile {
		kind = picture.Kind{Type: kind.Type}
	}
	return attachment.Stored{
		Name: name, Type: kind.Type, Blob: blob.Name, Size: blob.Size, Uploaded: uploaded, SHA256: blob.SHA256,
		Width: kind.Width, Height: kind.Height, Animated: kind.Animated,
	}, err
}
