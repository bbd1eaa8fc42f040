package chat

import (
	"context"
	"errors"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/errs"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// ExportData is what a copy holds.
type ExportData struct {
	User      *account.User
	Sessions  []account.Session
	Relations []Entry // with all the person had to do with
	At        time.Time

	store *Store
}

// Messages calls each for every message of one of the Relations, in order.
func (d *ExportData) Messages(ctx context.Context, e Entry, each func(*Message) error) error {
	const page = 500
	for seq := int64(0); ; {
		var rows []Message
		err := selectMessages(d.store.db.Read(), &rows, d.User.ID).Where("m.conversation_id = ?", e.ConversationID).
			Where("m.seq > ?", seq).Order("m.seq").Limit(page).Scan(ctx)
		if err == nil {
			err = complete(ctx, d.store.db.Read(), d.User.ID, rows)
		}
		if err != nil {
			return err
		}
		for i := range rows {
			if err := each(&rows[i]); err != nil {
				return err
			}
			seq = rows[i].Seq
		}
		if len(rows) < page {
			return nil
		}
	}
}

// File returns where a file of one of the Messages is stored, nil if it is not for the person: the other
// has blocked them, or the message was deleted.
func (d *ExportData) File(ctx context.Context, a *attachment.Attachment) (*File, error) {
	file, err := d.store.File(ctx, d.User, a.ID)
	if errs.CodeOf(err) == errs.NotFound {
		return nil, nil
	}
	return file, err
}

// WriteExport gathers a person's data for write, which stores it, and tells the person. If the copy is
// not wanted any more, or there already, it does nothing.
func (s *Store) WriteExport(ctx context.Context, exportID string, write func(context.Context, *ExportData) (blob string, size int64, err error)) error {
	export, err := s.accounts.PendingExport(ctx, exportID)
	if err != nil || export == nil {
		return err
	}
	data, err := s.exportData(ctx, export.UserID)
	if err != nil || data == nil {
		return err
	}
	blob, size, err := write(ctx, data)
	if err != nil {
		return err
	}
	err = s.accounts.ExportReady(ctx, export, blob, size)
	if err != nil { // the next try of this job writes another one
		err = errors.Join(err, s.dropBlobs(ctx, blob))
	}
	if errs.CodeOf(err) == errs.NotFound {
		return nil
	}
	return err
}

// dropBlobs has files removed that are not referenced.
func (s *Store) dropBlobs(ctx context.Context, blobs ...string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return s.db.EnqueueBlobs(ctx, tx, blobs) })
}

func (s *Store) exportData(ctx context.Context, id int64) (*ExportData, error) {
	user, err := s.accounts.ActiveUser(ctx, id)
	if err != nil || user == nil {
		return nil, err
	}
	data := &ExportData{User: user, At: store.Now(), store: s}
	if data.Relations, err = entries(ctx, s.db.Read(), user, -1); err != nil {
		return nil, err
	}
	data.Sessions, err = s.accounts.Sessions(ctx, user)
	return data, err
}
