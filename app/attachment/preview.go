package attachment

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"dchat/app/imagesize"
)

// Preview says whether an image can be shown in a smaller size.
type Preview string

// The states of a preview.
const (
	NoPreview      Preview = ""
	PreviewPending Preview = "pending"
	PreviewReady   Preview = "ready"
)

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
func MovingFile(id string) string { return imagesize.File(id, moving) }

// PreviewTurnJob is a person's turn to have images made smaller. Each person has one such job at most, however many
// images wait: so people take turns.
type PreviewTurnJob struct {
	OwnerID int64 `json:"owner_id"`
}

// PreviewJob is one image to be made smaller, as earlier releases have enqueued it.
type PreviewJob struct {
	AttachmentID string `json:"attachment_id"`
}

// Kind names the job.
func (PreviewTurnJob) Kind() string { return "preview_turn" }

// Kind names the job.
func (PreviewJob) Kind() string { return "preview" }

// PendingPreview returns an attachment that has to be made smaller, nil if there is nothing to do.
func (s *Store) PendingPreview(ctx context.Context, id string) (*Attachment, error) {
	a := &Attachment{}
	err := s.db.Read().NewSelect().Model(a).Where("id = ?", id).Where("preview = ?", PreviewPending).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return a, err
}

// somePending is how many of a person's images are looked at to choose one.
const somePending = 100

// NextPreview returns an image of a person that has to be made smaller, nil if there is none: the one that has waited
// longest. After a try that failed it is any of them, so that one image cannot hold up the others.
func (s *Store) NextPreview(ctx context.Context, owner int64, failed bool) (*Attachment, error) {
	var waiting []Attachment
	err := s.db.Read().NewSelect().Model(&waiting).Where("owner_id = ?", owner).Where("preview = 'pending'").
		Order("created_at").Limit(somePending).Scan(ctx)
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	if failed {
		return &waiting[rand.IntN(len(waiting))], nil
	}
	return &waiting[0], nil
}

// NoPreviewPending is a query that gives true if no image of a person has to be made smaller.
func NoPreviewPending(owner int64) string {
	return fmt.Sprintf("SELECT NOT EXISTS (SELECT 1 FROM attachments WHERE owner_id = %d AND preview = 'pending')", owner)
}
