package store

import (
	"context"

	"github.com/uptrace/bun"
)

// Job is work for after the commit: it is enqueued in the transaction that makes it necessary, and
// a worker repeats it until it succeeds. The fields are all that a worker knows.
type Job interface{ Kind() string }

// BlobJob removes files that nothing refers to any more.
type BlobJob struct {
	Blobs []string `json:"blobs"`
}

// Kind names the job.
func (BlobJob) Kind() string { return "drop_blobs" }

// Enqueue enqueues jobs in a transaction.
func (d *DB) Enqueue(ctx context.Context, tx bun.Tx, jobs ...Job) error {
	if d.enqueue == nil {
		return nil
	}
	return d.enqueue(ctx, tx, jobs...)
}

// EnqueueBlobs enqueues the removal of files, if there are any.
func (d *DB) EnqueueBlobs(ctx context.Context, tx bun.Tx, blobs []string) error {
	if len(blobs) == 0 {
		return nil
	}
	return d.Enqueue(ctx, tx, BlobJob{Blobs: blobs})
}

// HasQueue reports whether jobs are kept and done.
func (d *DB) HasQueue() bool { return d.enqueue != nil }
