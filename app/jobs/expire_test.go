package jobs_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"dchat/app/attachment"
	"dchat/app/files"
	"dchat/app/store"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func (w *fixture) missing(name string) bool {
	w.t.Helper()
	file, err := w.options.Files.Open(w.ctx, name)
	if err == nil {
		require.NoError(w.t, file.Close())
	}
	return errors.Is(err, files.ErrNotFound)
}

// Workers delete messages whose time has come, with their files, without anything having asked them to.
func TestMessagesAndTheirFilesExpire(t *testing.T) {
	everywhere(t, func(w *fixture) {
		w.options.ExpireEvery = 20 * time.Millisecond
		anna, bert := w.writers(1)
		_, err := w.SetTimer(w.ctx, anna, bert, 24*time.Hour)
		require.NoError(t, err)
		_, err = w.options.Files.Put(w.ctx, "plans", bytes.NewReader([]byte("the plans")))
		require.NoError(t, err)
		_, err = w.AddAttachment(w.ctx, anna, "file", attachment.Stored{Name: "plans.txt", Type: "text/plain", Blob: "plans", Size: 9, SHA256: []byte("x")})
		require.NoError(t, err)
		_, err = w.Send(w.ctx, anna, bert, uuid.New(), "soon gone", "file")
		require.NoError(t, err)
		worker := w.worker()
		w.worker()
		w.exec("UPDATE messages SET expires_at = created_at WHERE expires_at IS NOT NULL")
		w.eventually("the file is deleted", func() bool { return w.missing("plans") })
		m, err := w.Message(w.ctx, bert, anna, 3)
		require.NoError(t, err)
		require.Equal(t, m.ExpiresAt, m.DeletedAt)
		w.stop(worker)
		require.Zero(t, w.log.count("level=ERROR"), w.log)
		require.Zero(t, w.log.count("could not be deleted"), w.log)
	})
}

// A job that says to delete a file to which rows refer does not: it may come from a node of the release before, which
// does not look.
func TestReferencedFilesAreKept(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna := w.signUp("anna")
		for _, name := range []string{"kept", "kept.640", "loose", "loose.640"} {
			_, err := w.options.Files.Put(w.ctx, name, bytes.NewReader([]byte("x")))
			require.NoError(t, err)
		}
		_, err := w.AddAttachment(w.ctx, anna, "file", attachment.Stored{Name: "n", Type: "text/plain", Blob: "kept", Size: 1, SHA256: []byte("x")})
		require.NoError(t, err)
		w.enqueue(store.BlobJob{Blobs: []string{"kept", "kept.640", "loose", "loose.640"}})
		w.worker()
		w.eventually("the loose files are deleted", func() bool { return w.missing("loose") && w.missing("loose.640") })
		w.eventually("the job is done", func() bool { return w.states(store.BlobJob{}.Kind())["completed"] == 1 })
		require.False(t, w.missing("kept") || w.missing("kept.640"))
	})
}
