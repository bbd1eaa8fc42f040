package jobs

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/guard"
	"dchat/app/imagesize"
	"dchat/views"

	"github.com/a-h/templ"
	"github.com/riverqueue/river"
)

type exportWorker struct {
	river.WorkerDefaults[account.ExportJob]
	*Jobs
}

// Timeout is how long one try may take.
func (w *exportWorker) Timeout(*river.Job[account.ExportJob]) time.Duration { return slowTimeout }

// Work makes the copy of a person's data. Each try writes a file of its own; the store deletes the file of a try that
// ends too late.
func (w *exportWorker) Work(ctx context.Context, job *river.Job[account.ExportJob]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.ending, cancel)()
	return w.stores.Chat.WriteExport(ctx, job.Args.ExportID, func(ctx context.Context, data *chat.ExportData) (string, int64, error) {
		blob, err := w.pack(ctx, files.NewName(), data)
		return blob.Name, blob.Size, err
	})
}

// pack stores the copy while it is written, so that memory never holds all of it.
func (w *exportWorker) pack(ctx context.Context, name string, data *chat.ExportData) (blob files.Blob, err error) {
	r, pipe := io.Pipe()
	defer pipe.CloseWithError(errors.New("the copy was not finished")) // after a panic
	stored := make(chan error, 1)
	go func() {
		var err error
		panicked := guard.Once(w.Log, "storing a copy of data", func() { blob, err = w.Files.Put(ctx, name, r) })
		err = errors.Join(err, panicked)
		r.CloseWithError(err)
		stored <- err
	}()
	err = w.zip(ctx, pipe, data)
	pipe.CloseWithError(err) // nil: the end
	return blob, errors.Join(err, <-stored)
}

func (w *exportWorker) zip(ctx context.Context, to io.Writer, data *chat.ExportData) error {
	archive := zip.NewWriter(to)
	for _, part := range []struct {
		name  string
		write func(context.Context, io.Writer, *chat.ExportData) error
	}{
		{"index.html", exportPage},
		{"data.json", exportJSON},
	} {
		file, err := archive.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: data.At})
		if err != nil {
			return err
		}
		if err := part.write(ctx, file, data); err != nil {
			return err
		}
	}
	if err := w.zipPicture(ctx, archive, data); err != nil {
		return err
	}
	if err := w.zipAttachments(ctx, archive, data); err != nil {
		return err
	}
	return archive.Close()
}

// zipPicture adds the person's picture. It may have been replaced while the copy was made.
func (w *exportWorker) zipPicture(ctx context.Context, archive *zip.Writer, data *chat.ExportData) error {
	if data.User.Picture == "" {
		return nil
	}
	widths := imagesize.Squares
	return w.zipFile(ctx, archive, views.ExportPicture, imagesize.File(data.User.Picture, widths[len(widths)-1]))
}

// zipAttachments adds the files of all conversations.
func (w *exportWorker) zipAttachments(ctx context.Context, archive *zip.Writer, data *chat.ExportData) error {
	for _, e := range data.Relations {
		err := data.Messages(ctx, e, func(m chat.Exported) error {
			for i := range m.Attachments {
				a := &m.Attachments[i]
				file, err := data.File(ctx, a)
				if err == nil && file != nil {
					err = w.zipFile(ctx, archive, views.ExportFile(a), file.Blob)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// zipFile adds a file uncompressed. A file deleted meanwhile is omitted.
func (w *exportWorker) zipFile(ctx context.Context, archive *zip.Writer, name, blob string) error {
	from, err := w.Files.Open(ctx, blob)
	if errors.Is(err, files.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer from.Close()
	if err := files.Room(w.Files, from.Size()); err != nil {
		return err
	}
	file, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: from.ModTime()})
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return err
}

func exportPage(ctx context.Context, to io.Writer, data *chat.ExportData) error {
	messages := func(e chat.Entry) templ.Component {
		return templ.ComponentFunc(func(ctx context.Context, to io.Writer) error {
			return data.Messages(ctx, e, func(m chat.Exported) error {
				return views.ExportMessage(data.User, e, m).Render(ctx, to)
			})
		})
	}
	return views.ExportPage(data, messages).Render(ctx, to)
}
