package picture

import (
	"errors"
	"io"
	"strings"

	"dchat/app/files"

	"github.com/gabriel-vasile/mimetype"
)

// MaxImageBytes is the largest file that gets previews, in bytes.
const MaxImageBytes = 256 << 20

// Kind is what a file is, by what is in it.
type Kind struct {
	Type          string // media type, without parameters
	Width, Height int    // of an image that previews can be made of, as it is seen; else 0
	Animated      bool   // it is such an image, and it moves
}

// unknown is the media type of a file of unknown format.
const unknown = "application/octet-stream"

// playable are the sounds and films that browsers can play in a page, by their type here and as we
// call it.
var playable = map[string]string{
	"audio/aac":       "audio/aac",
	"audio/flac":      "audio/flac",
	"audio/mp4":       "audio/mp4",
	"audio/mpeg":      "audio/mpeg",
	"audio/ogg":       "audio/ogg",
	"audio/wav":       "audio/wav",
	"audio/x-m4a":     "audio/mp4",
	"video/3gpp":      "video/3gpp",
	"video/mp4":       "video/mp4",
	"video/ogg":       "video/ogg",
	"video/quicktime": "video/quicktime",
	"video/webm":      "video/webm",
	"video/x-m4v":     "video/mp4",
}

// ReadKind detects the media type and the size of an image. It returns only read errors of the file.
func ReadKind(file files.File) (Kind, error) {
	found, err := mimetype.DetectReader(file)
	if err != nil {
		return Kind{}, err
	}
	kind := Kind{Type: mediaType(found.String())}
	if file.Size() > MaxImageBytes {
		return kind, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Kind{}, err
	}
	h, err := readHead(file)
	switch {
	case errors.Is(err, ErrNotPicture), errors.Is(err, ErrTooLarge):
		return kind, nil
	case err != nil:
		return Kind{}, err
	}
	kind.Width, kind.Height = h.seen()
	kind.Animated = h.frames > 1
	return kind, nil
}

// mediaType is a type that says what can be done with a file: a sound or a film that no browser plays
// is a file like any other.
func mediaType(found string) string {
	found, _, _ = strings.Cut(found, ";")
	if strings.HasPrefix(found, "audio/") || strings.HasPrefix(found, "video/") {
		if found = playable[found]; found == "" {
			return unknown
		}
	}
	return found
}

// seen is the size of the picture once it stands upright.
func (h *head) seen() (width, height int) {
	if h.orientation >= 5 {
		return h.height, h.width
	}
	return h.width, h.height
}
