package jobs

import (
	"context"
	"slices"

	"dchat/app/store"

	"github.com/riverqueue/river"
)

// dropBlobs is the worker of store.BlobJob. It looks again whether rows refer to the files: a job may come from a node
// that did not look, or from a transaction that seemed to have failed. Where no row refers to a file none will: a file
// is only forwarded from a row, which the forwarding locks.
func (j *Jobs) dropBlobs(ctx context.Context, job *river.Job[store.BlobJob]) error {
	return j.unlessHeld(ctx, func() error {
		known, err := j.stores.Attachments.KnownBlobs(ctx, job.Args.Blobs)
		if err != nil {
			return err
		}
		unknown := slices.DeleteFunc(slices.Clone(job.Args.Blobs), func(name string) bool { return known[name] })
		return j.Files.Delete(ctx, unknown...)
	})
}
