package chat

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"dchat/app/text"

	"github.com/uptrace/bun"
)

// MaxAttachments is how many files one message may have.
const MaxAttachments = 50

// Attachment is a file on a message. Until a message takes it along it belongs to its owner alone.
type Attachment struct {
	bun.BaseModel `bun:"table:attachments,alias:at"`

	ID             string `bun:",pk"` // random; names the file in URLs
	OwnerID        int64
	ConversationID int64
	Seq            int64  // of the message, 0 until it is sent
	Position       int    // among the message's files, from 0
	Name           string // as its owner calls it
	Type           string // media type, by what is in it
	Size           int64  // in bytes
	Uploaded       int64  // bytes that came, if a photo has lost some of them; else 0
	SHA256         []byte `bun:"sha256"`
	Blob           string // its name in the store of files
	Width, Height  int    // of an image as it is seen, 0 if it is none
	Preview        Preview
	Animated       bool // a picture that moves
	CreatedAt      time.Time
}

// Preview says whether an image can be shown in a smaller size.
type Preview string

// The states of a preview.
const (
	NoPreview      Preview = ""
	PreviewPending Preview = "pending"
	PreviewReady   Preview = "ready"
)

// PreviewWidths are the longest sides in which images are shown, in pixels: in the log and in the viewer.
var PreviewWidths = []int{640, 1600}

// IsImage reports whether the file can be shown as a picture.
func (a *Attachment) IsImage() bool { return a.Preview != NoPreview }

// moving names a picture as it moves, where others are named by their width.
const moving = 1

// maxMoving is the largest file that is shown as a picture that moves, in bytes.
const maxMoving = 32 << 20

// Moves reports whether the picture is also shown as it moves.
func (a *Attachment) Moves() bool {
	kinds := []string{"image/gif", "image/png", "image/apng", "image/vnd.mozilla.apng", "image/webp"}
	return a.Animated && a.Preview == PreviewReady && a.Size <= maxMoving && slices.Contains(kinds, a.Type)
}

// MovingFile is the id of a picture as it moves.
func MovingFile(id string) string { return PictureFile(id, moving) }

// IsAudio and IsVideo report whether browsers can play the file in its place.
func (a *Attachment) IsAudio() bool { return strings.HasPrefix(a.Type, "audio/") }

// IsVideo reports whether browsers can play the file in its place.
func (a *Attachment) IsVideo() bool { return strings.HasPrefix(a.Type, "video/") }

// Stored is a file that has come whole.
type Stored struct {
	Name, Type, Blob string
	Size             int64
	Uploaded         int64 // bytes that came, if some of them were left out; else 0
	SHA256           []byte
	Width, Height    int // of an image that can be shown, else 0
	Animated         bool
}

// FileName makes the name that a computer gave a file one that can be kept: without its folder, in valid UTF-8, with
// "_" for what cannot be in a name everywhere, at most 255 bytes. Nothing left is "file".
func FileName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		case r == '\\' || unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return '_'
		}
		return r
	}, name))
	if name == "." || name == ".." || name == "" {
		return "file"
	}
	return text.ShortName(name, 255)
}

// AddAttachment takes a file in, for the next message of its owner.
func (s *Store) AddAttachment(ctx context.Context, owner *User, id string, f Stored) (*Attachment, error) {
	a := newAttachment(owner.ID, id, f)
	err := s.transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.makeRoom(ctx, tx, owner.ID, f.Size); err != nil {
			return err
		}
		return s.insertAttachment(ctx, tx, a)
	})
	return a, err
}

func newAttachment(owner int64, id string, f Stored) *Attachment {
	a := &Attachment{
		ID: id, OwnerID: owner, Name: FileName(f.Name), Type: f.Type, Size: f.Size, Uploaded: f.Uploaded, SHA256: f.SHA256, Blob: f.Blob,
		Width: f.Width, Height: f.Height, Animated: f.Animated, CreatedAt: now(),
	}
	if f.Width > 0 && f.Height > 0 {
		a.Preview = PreviewPending
	}
	return a
}

func (s *Store) insertAttachment(ctx context.Context, tx bun.Tx, a *Attachment) error {
	if _, err := tx.NewInsert().Model(a).Exec(ctx); err != nil {
		return err
	}
	if a.Preview != PreviewPending {
		return nil
	}
	return s.enqueue(ctx, tx, PreviewTurnJob{OwnerID: a.OwnerID})
}

// withAttachments completes messages with their files.
func withAttachments(ctx context.Context, tx bun.IDB, messages []Message) error {
	at := map[[2]int64]*Message{}
	var keys [][]any
	for i := range messages {
		if m := &messages[i]; m.Files > 0 {
			m.Attachments = nil
			at[[2]int64{m.ConversationID, m.Seq}] = m
			keys = append(keys, []any{m.ConversationID, m.Seq})
		}
	}
	if len(keys) == 0 {
		return nil
	}
	var files []Attachment
	err := tx.NewSelect().Model(&files).Where("(conversation_id, seq) IN ?", bun.Tuple(keys)).Where("seq > 0").Order("position").Scan(ctx)
	for _, f := range files {
		m := at[[2]int64{f.ConversationID, f.Seq}]
		m.Attachments = append(m.Attachments, f)
	}
	return err
}
