package chat

import (
	"context"

	"github.com/uptrace/bun"
)

// Job is work for after the commit: it is put down in the transaction that makes it necessary, and
// done by a worker, again and again until it succeeds. The fields are all that a worker is told.
type Job interface{ Kind() string }

// LetterJob is a letter to be written. What it says is looked up when it is written: by then there
// may be no reason for it any more.
type LetterJob struct {
	Letter   string `json:"letter"`             // one of the Letter names
	UserID   int64  `json:"user_id,omitempty"`  // 0 where only the address is known
	To       string `json:"to"`                 // the address; where UserID is 0, the key of the one that was typed
	Username string `json:"username,omitempty"` // of somebody who is no longer there
}

// BlobJob is the end of files to which nothing refers any more.
type BlobJob struct {
	Blobs []string `json:"blobs"`
}

// ExportJob is a copy of a person's data to be made.
type ExportJob struct {
	ExportID string `json:"export_id"`
}

// PreviewTurnJob is a person's turn to have images made smaller. Each person has one such job at most, however many
// images wait: so people take turns.
type PreviewTurnJob struct {
	OwnerID int64 `json:"owner_id"`
}

// PreviewJob is one image to be made smaller, as earlier releases have put it down.
type PreviewJob struct {
	AttachmentID string `json:"attachment_id"`
}

// SpreadJob tells many people that a person has changed.
type SpreadJob struct {
	UserID  int64 `json:"user_id"`
	Version int64 `json:"version"` // of the person with the change: each change is told
}

// Kind names the job.
func (SpreadJob) Kind() string { return "spread" }

// Kind names the job.
func (PreviewTurnJob) Kind() string { return "preview_turn" }

// Kind names the job.
func (PreviewJob) Kind() string { return "preview" }

// Kind names the job.
func (LetterJob) Kind() string { return "letter" }

// Kind names the job.
func (BlobJob) Kind() string { return "drop_blobs" }

// Kind names the job.
func (ExportJob) Kind() string { return "export" }

// enqueue puts jobs down in the transaction.
func (s *Store) enqueue(ctx context.Context, tx bun.Tx, jobs ...Job) error {
	if s.later == nil {
		return nil
	}
	return s.later(ctx, tx, jobs...)
}
