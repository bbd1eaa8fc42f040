package jobs_test

import (
	"context"
	"strings"
	"testing"

	"dchat/app/attachment"
	"dchat/app/files"
	"dchat/app/jobs"
	"dchat/app/store"
	"dchat/db"
	"dchat/test/migrated"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// A backup finds every file to which its rows refer; deletions wait for it.
func TestFilesStayDuringBackup(t *testing.T) {
	everyWay(t, func(w *fixture) {
		blob, err := w.options.Files.Put(w.ctx, files.NewName(), strings.NewReader("so far"))
		require.NoError(t, err)
		there := func() bool {
			file, err := w.options.Files.Open(w.ctx, blob.Name)
			if err == nil {
				require.NoError(t, file.Close())
			}
			return err == nil
		}
		beside, err := db.Open(w.ctx, w.options.DSN) // the backup is a process of its own
		require.NoError(t, err)
		defer beside.Close()
		release, err := beside.Hold(w.ctx)
		require.NoError(t, err)

		w.worker()
		w.enqueue(store.BlobJob{Blobs: []string{blob.Name}})
		w.eventually("the job is put off", func() (off bool) {
			require.NoError(t, w.db.Read().NewRaw("SELECT count(*) > 0 FROM river_job WHERE kind = 'drop_blobs' AND CAST(metadata AS text) LIKE '%snoozes%'").Scan(w.ctx, &off))
			return off
		})
		require.True(t, there())
		require.NoError(t, release())
		w.eventually("the file goes", func() bool { return !there() })
		require.Zero(t, w.log.count("level=WARN"), w.log)
	})
}

// Jobs that wait in one database can be done in another, of whichever kind it is.
func TestJobsAreRestoredInAnotherDatabase(t *testing.T) {
	everywhere(t, func(from *fixture) {
		from.signUp("anna")
		blobs := store.BlobJob{Blobs: []string{"aaaaaa", "bbbbbb"}}
		from.enqueue(marker("bert"), attachment.PreviewJob{AttachmentID: "x"}, blobs)
		from.exec("UPDATE river_job SET state = 'running' WHERE kind = 'preview'")
		from.enqueue(marker("done"))
		from.exec("UPDATE river_job SET state = 'completed', finalized_at = created_at WHERE CAST(args AS text) LIKE '%done%'")
		var waiting []jobs.Waiting
		require.NoError(t, from.db.Snapshot(from.ctx, func(ctx context.Context, tx bun.Tx) error {
			return jobs.EachWaiting(ctx, tx, func(w jobs.Waiting) error {
				waiting = append(waiting, w)
				return nil
			})
		}))
		require.Len(t, waiting, 4)
		for name, dsn := range map[string]string{"sqlite": migrated.SQLite(t, t.TempDir()+"/other.db"), "postgres": migrated.Postgres(t)} {
			t.Run("to "+name, func(t *testing.T) {
				to := newFixture(t, dsn)
				j, err := jobs.New(to.options)
				require.NoError(t, err)
				require.NoError(t, to.db.Write(to.ctx, func(ctx context.Context, tx bun.Tx) error {
					for _, w := range waiting {
						if err := j.PutBack(ctx, tx, w); err != nil {
							return err
						}
					}
					return nil
				}))
				to.enqueue(marker("bert"), blobs)
				require.Equal(t, map[string]int{"available": 1}, to.states("drop_blobs"), "the same job is not put down twice")
				require.Equal(t, map[string]int{"available": 2}, to.states("letter"), "anna's and bert's")
				var queue string
				require.NoError(t, to.db.Read().NewRaw("SELECT queue FROM river_job WHERE kind = 'preview'").Scan(to.ctx, &queue))
				require.Equal(t, "images", queue)
				to.worker()
				to.sink.await("bert@example.org")
				require.Empty(t, to.sink.to("done@example.org"))
			})
		}
	})
}
