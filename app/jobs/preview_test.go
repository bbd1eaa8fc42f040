package jobs_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/files"
	"dchat/app/imagesize"
	"dchat/test/migrated"

	"github.com/stretchr/testify/require"
)

// attach stores a file that says it is an image, as an upload does.
func (w *fixture) attach(owner *account.User, content []byte) *attachment.Attachment {
	w.t.Helper()
	id := files.NewName()
	blob, err := w.options.Files.Put(w.ctx, id, bytes.NewReader(content))
	require.NoError(w.t, err)
	a, err := w.AddAttachment(w.ctx, owner, id, attachment.Stored{
		Name: "holiday.png", Type: "image/png", Blob: id, Size: blob.Size, SHA256: blob.SHA256, Width: 3000, Height: 2000,
	})
	require.NoError(w.t, err)
	return a
}

func pixels(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))))
	return b.Bytes()
}

func (w *fixture) preview(id string) attachment.Preview {
	w.t.Helper()
	var state string
	require.NoError(w.t, w.db.Read().NewRaw("SELECT preview FROM attachments WHERE id = ?", id).Scan(w.ctx, &state))
	return attachment.Preview(state)
}

func TestImagesGetPreviews(t *testing.T) {
	everywhere(t, func(w *fixture) {
		w.worker()
		anna := w.signUp("anna")
		image := w.attach(anna, pixels(t, 3000, 2000))
		require.True(t, image.IsImage())
		broken := w.attach(anna, pixels(t, 3000, 2000)[:100])
		w.eventually("the image can be shown", func() bool { return w.preview(image.ID) == attachment.PreviewReady })
		w.eventually("an undecodable picture is a file", func() bool { return w.preview(broken.ID) == attachment.NoPreview })
		for _, width := range imagesize.Previews {
			f, err := w.options.Files.Open(w.ctx, imagesize.File(image.Blob, width))
			require.NoError(t, err)
			require.NoError(t, f.Close())
			_, err = w.options.Files.Open(w.ctx, imagesize.File(broken.Blob, width))
			require.ErrorIs(t, err, files.ErrNotFound)
		}
		require.Zero(t, w.log.count("level=ERROR"), w.log)
		require.NoError(t, w.DropUpload(w.ctx, anna, image.ID))
		w.eventually("all of it goes", func() bool {
			_, err := w.options.Files.Open(w.ctx, imagesize.File(image.Blob, 640))
			return errors.Is(err, files.ErrNotFound)
		})
	})
}

// A picture from a phone is decoded by another process, and a file that says it is one leaves no trace in the log.
func TestHEIFImagesGetPreviews(t *testing.T) {
	everywhere(t, func(w *fixture) {
		w.worker()
		anna := w.signUp("anna")
		for _, name := range []string{"quarters.heic", "quarters.avif"} {
			file, err := os.ReadFile("../files/heif/testdata/" + name)
			require.NoError(t, err)
			image, broken := w.attach(anna, file), w.attach(anna, file[:len(file)-40])
			w.eventually(name+" can be shown", func() bool { return w.preview(image.ID) == attachment.PreviewReady })
			w.eventually("half of it is a file", func() bool { return w.preview(broken.ID) != attachment.PreviewPending })
		}
		require.Zero(t, w.log.count("level=ERROR"), w.log)
	})
}

// What a disk fails to do is done later.
func TestPreviewSurvivesDiskFailure(t *testing.T) {
	w := newFixture(t, migrated.SQLite(t, t.TempDir()+"/dchat.db"))
	anna := w.signUp("anna")
	image := w.attach(anna, pixels(t, 30, 20))
	good := w.options.Files
	dir := t.TempDir()
	bad, err := files.NewDisk(dir)
	require.NoError(t, err)
	_, err = bad.Put(w.ctx, image.Blob, bytes.NewReader(pixels(t, 30, 20)))
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(dir, "tmp"))) // nothing more can be written
	w.options.Files = bad
	worker := w.worker()
	w.eventually("it is tried, and tried again", func() bool { return w.log.count("a job failed and will be tried again") >= 2 })
	require.Equal(t, attachment.PreviewPending, w.preview(image.ID))
	w.stop(worker)
	w.options.Files = good
	w.worker()
	w.eventually("the image can be shown", func() bool { return w.preview(image.ID) == attachment.PreviewReady })
}

// aged is a store in which everything is old.
type aged struct {
	files.Store
	dir string
}

func (w *fixture) aged() aged {
	w.t.Helper()
	dir := w.t.TempDir()
	disk, err := files.NewDisk(dir)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = disk.Close() })
	w.options.Files = disk
	return aged{disk, dir}
}

// age makes all files older than they are.
func (a aged) age(t *testing.T) {
	t.Helper()
	old := time.Now().Add(-25 * time.Hour)
	require.NoError(t, filepath.WalkDir(a.dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			err = os.Chtimes(path, old, old)
		}
		return err
	}))
}

func (a aged) put(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		_, err := a.Put(t.Context(), name, strings.NewReader("x"))
		require.NoError(t, err)
	}
}

func (a aged) names(t *testing.T) (names []string) {
	t.Helper()
	require.NoError(t, a.List(t.Context(), time.Now().Add(time.Minute), func(name string) error {
		names = append(names, name)
		return nil
	}))
	return names
}

// Files to which nothing refers go, once they are old enough to be sure; all others stay.
func TestUnreferencedFilesAreDeleted(t *testing.T) {
	everywhere(t, func(w *fixture) {
		store := w.aged()
		anna := w.signUp("anna")
		image := w.attach(anna, pixels(t, 30, 20))
		store.put(t, image.Blob+".640", image.Blob+".1600")
		upload, err := w.BeginUpload(w.ctx, anna, files.NewName(), "film", 9, false)
		require.NoError(t, err)
		_, _, err = store.Append(w.ctx, upload.ID, 0, nil, strings.NewReader("x"))
		require.NoError(t, err)
		picture := files.NewName()
		store.put(t, picture+".96", picture+".256", picture+".512")
		_, err = w.SetProfile(w.ctx, anna, "Anna", &picture)
		require.NoError(t, err)
		require.NoError(t, w.RequestExport(w.ctx, anna))
		export, err := w.LatestExport(w.ctx, anna)
		require.NoError(t, err)
		store.put(t, export.ID)
		w.exec("UPDATE exports SET blob = id, ready_at = created_at")
		w.exec("DELETE FROM river_job")
		kept := store.names(t)
		require.Len(t, kept, 8, "premise")

		unreferenced := files.NewName()
		store.put(t, unreferenced, unreferenced+".640", files.NewName()+".96")
		_, _, err = store.Append(w.ctx, files.NewName(), 0, nil, strings.NewReader("x"))
		require.NoError(t, err)
		store.age(t)
		young := files.NewName()
		store.put(t, young)
		w.worker()
		w.eventually("what belongs to nothing goes", func() bool { return len(store.names(t)) == 9 })
		require.ElementsMatch(t, append(kept, young), store.names(t))
	})
}

// A folder beside the wrong database is not emptied.
func TestWrongDatabaseDeletesNoFiles(t *testing.T) {
	w := newFixture(t, migrated.SQLite(t, t.TempDir()+"/dchat.db"))
	store := w.aged()
	for range 11 {
		store.put(t, files.NewName())
	}
	store.age(t)
	w.worker()
	w.eventually("an error is logged", func() bool { return w.log.count("level=ERROR msg=\"most files belong to nothing") == 1 })
	require.Len(t, store.names(t), 11)
}
