package attachment

import (
	"context"
	"strings"
	"time"

	"dchat/app/account"
	"dchat/app/store"

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

// IsImage reports whether the file can be shown as a picture.
func (a *Attachment) IsImage() bool { return a.Preview != NoPreview }

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

// AddAttachment takes a file in, for the next message of its owner.
func (s *Store) AddAttachment(ctx context.Context, owner *account.User, id string, f Stored) (*Attachment, error) {
	a := newAttachment(owner.ID, id, f)
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.reserve(ctx, tx, owner.ID, f.Size); err != nil {
			return err
		}
		return s.insertAttachment(ctx, tx, a)
	})
	return a, err
}

func newAttachment(owner int64, id string, f Stored) *Attachment {
	a := &Attachment{
		ID: id, OwnerID: owner, Name: FileName(f.Name), Type: f.Type, Size: f.Size, Uploaded: f.Uploaded, SHA256: f.SHA256, Blob: f.Blob,
		Width: f.Width, Height: f.Height, Animated: f.Animated, CreatedAt: store.Now(),
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
	return s.db.Enqueue(ctx, tx, PreviewTurnJob{OwnerID: a.OwnerID})
}

// Place is a message that has attachments: its conversation and its number there.
type Place struct{ ConversationID, Seq int64 }

// OfMessages returns the attachments of messages, in order.
func OfMessages(ctx context.Context, tx bun.IDB, places []Place) (map[Place][]Attachment, error) {
	if len(places) == 0 {
		return nil, nil
	}
	keys := make([][]any, len(places))
	for i, p := range places {
		keys[i] = []any{p.ConversationID, p.Seq}
	}
	var files []Attachment
	err := tx.NewSelect().Model(&files).Where("(conversation_id, seq) IN ?", bun.Tuple(keys)).Where("seq > 0").Order("position").Scan(ctx)
	of := make(map[Place][]Attachment, len(places))
	for _, f := range files {
		p := Place{f.ConversationID, f.Seq}
		of[p] = append(of[p], f)
	}
	return of, err
}
