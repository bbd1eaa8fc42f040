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
	User     *account.User
	Sessions []account.Session
	// PushServices are the hosts through which browsers are notified, by the id of their session.
	PushServices map[int64]string
	Relations    []Entry   // with all the person had to do with
	LastSeen     time.Time // what contacts may be shown, zero if it is not known
	At           time.Time

	store *Store
}

// Exported is a message in a copy, with the texts that it had before.
type Exported struct {
	*Message
	Edits []Version // the oldest first
}

// Messages calls each for every message of one of the Relations that the person can still see, in order, and for those
// that were deleted for both. What has disappeared by itself, or what the person has hidden, is not in a copy.
func (d *ExportData) Messages(ctx context.Context, e Entry, each func(Exported) error) error {
	const page = 500
	for seq := int64(0); ; {
		rows, edits, err := d.page(ctx, e, seq, page)
		if err != nil {
			return err
		}
		for i := range rows {
			m := &rows[i]
			seq = m.Seq
			if m.Hidden || expired(m.ExpiresAt, store.Now()) {
				continue
			}
			if err := each(Exported{m, edits[seq]}); err != nil {
				return err
			}
		}
		if len(rows) < page {
			return nil
		}
	}
}

// page reads messages after seq, and the edits of these by their Seq.
func (d *ExportData) page(ctx context.Context, e Entry, seq int64, limit int) ([]Message, map[int64][]Version, error) {
	var rows []Message
	var found []Version
	err := d.store.db.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := selectMessages(tx, &rows, d.User.ID).Where("m.conversation_id = ?", e.ConversationID).
			Where("m.seq > ?", seq).Order("m.seq").Limit(int64(limit)).Scan(ctx)
		if err == nil {
			err = complete(ctx, tx, d.User.ID, rows)
		}
		var edited []int64
		for i := range rows {
			if m := &rows[i]; !m.Gone() && !m.EditedAt.IsZero() {
				edited = append(edited, m.Seq)
			}
		}
		if err != nil || len(edited) == 0 {
			return err
		}
		return tx.NewSelect().Model(&found).Where("conversation_id = ?", e.ConversationID).Where("seq IN (?)", bun.List(edited)).
			Order("seq", "rev").Scan(ctx)
	})
	edits := map[int64][]Version{}
	for _, v := range found {
		edits[v.Seq] = append(edits[v.Seq], v)
	}
	return rows, edits, err
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
	if data.Sessions, err = s.accounts.Sessions(ctx, user); err != nil {
		return nil, err
	}
	if data.LastSeen, err = s.lastSeen(ctx, id); err != nil {
		return nil, err
	}
	data.PushServices, err = s.accounts.PushServices(ctx, user)
	return data, err
}
