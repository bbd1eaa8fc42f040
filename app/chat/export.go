package chat

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// ExportLife is how long a copy of somebody's data can be fetched.
const ExportLife = 7 * 24 * time.Hour

// ExportPatience is after how long a copy that does not get ready may be asked for again.
const ExportPatience = time.Hour

// Export is a copy of everything that DChat has of a person, made for them by a worker.
type Export struct {
	bun.BaseModel `bun:"table:exports,alias:ex"`

	ID        string `bun:",pk"` // random
	UserID    int64
	Blob      string // "" until it is ready
	Size      int64  // in bytes
	CreatedAt time.Time
	ReadyAt   time.Time `bun:",nullzero"`
}

// AskExport has a copy of one's data made. While one is being made nothing happens.
func (s *Store) AskExport(ctx context.Context, user *User) error {
	last, err := s.LatestExport(ctx, user)
	if err != nil {
		return err
	}
	if last != nil && last.ReadyAt.IsZero() && now().Sub(last.CreatedAt) < ExportPatience {
		return nil
	}
	_, err = s.alter(ctx, user.ID, func(ctx context.Context, tx bun.Tx, u *User) error {
		old, err := dropExports(ctx, tx, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("user_id = ?", u.ID) })
		if err != nil {
			return err
		}
		export := &Export{ID: strings.ToLower(rand.Text()), UserID: u.ID, CreatedAt: now()}
		if _, err := tx.NewInsert().Model(export).Exec(ctx); err != nil {
			return err
		}
		jobs := []Job{ExportJob{ExportID: export.ID}}
		if len(old) > 0 {
			jobs = append(jobs, BlobJob{Blobs: old})
		}
		return s.enqueue(ctx, tx, jobs...)
	})
	return err
}

// LatestExport is the copy that was asked for last, nil if there is none.
func (s *Store) LatestExport(ctx context.Context, user *User) (*Export, error) {
	export := &Export{}
	err := s.db.Read().NewSelect().Model(export).Where("user_id = ?", user.ID).Where("created_at > ?", now().Add(-ExportLife)).
		Order("created_at DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return export, err
}

// dropExports deletes copies and returns their files.
func dropExports(ctx context.Context, tx bun.Tx, which func(*bun.DeleteQuery) *bun.DeleteQuery) ([]string, error) {
	var blobs []string
	_, err := which(tx.NewDelete().Model((*Export)(nil))).Returning("blob").Exec(ctx, &blobs)
	kept := blobs[:0]
	for _, blob := range blobs {
		if blob != "" {
			kept = append(kept, blob)
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return kept, err
}

// ExportData is what a copy holds.
type ExportData struct {
	User      *User
	Sessions  []Session
	Relations []Entry // everybody the person had to do with
	At        time.Time

	store *Store
}

// Messages calls each for every message of one of the Relations, in order.
func (d *ExportData) Messages(ctx context.Context, e Entry, each func(*Message) error) error {
	const page = 500
	for seq := int64(0); ; {
		var rows []Message
		err := d.store.db.Read().NewSelect().Model(&rows).Where("conversation_id = ?", e.ConversationID).
			Where("seq > ?", seq).Order("seq").Limit(page).Scan(ctx)
		if err == nil {
			err = withAttachments(ctx, d.store.db.Read(), rows)
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

// File returns where a file of one of the Messages is stored, nil if it is not for the person: somebody
// has blocked them, or the message was deleted.
func (d *ExportData) File(ctx context.Context, a *Attachment) (*File, error) {
	file, err := d.store.File(ctx, d.User, a.ID)
	if CodeOf(err) == NotFound {
		return nil, nil
	}
	return file, err
}

// WriteExport gathers a person's data for write, which stores it, and tells the person. If the copy is
// not wanted any more, or there already, it does nothing.
func (s *Store) WriteExport(ctx context.Context, exportID string, write func(context.Context, *ExportData) (blob string, size int64, err error)) error {
	export := &Export{}
	err := s.db.Read().NewSelect().Model(export).Where("id = ?", exportID).Where("ready_at IS NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
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
	err = s.exportReady(ctx, export, blob, size)
	if err != nil { // whoever comes back for this job writes another one
		err = errors.Join(err, s.dropBlobs(ctx, blob))
	}
	if CodeOf(err) == NotFound {
		return nil
	}
	return err
}

// exportReady is only so for the first copy that is ready, and only while somebody waits for it.
func (s *Store) exportReady(ctx context.Context, export *Export, blob string, size int64) error {
	_, err := s.alter(ctx, export.UserID, func(ctx context.Context, tx bun.Tx, u *User) error {
		export.Blob, export.Size, export.ReadyAt = blob, size, now()
		done, err := tx.NewUpdate().Model(export).WherePK().Where("ready_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, notFound("This copy is not wanted any more."))
		}
		return s.enqueue(ctx, tx, LetterJob{Letter: LetterExport, UserID: u.ID, To: u.Email})
	})
	return err
}

// dropBlobs has files removed to which nothing refers.
func (s *Store) dropBlobs(ctx context.Context, blobs ...string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return s.transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		return s.enqueue(ctx, tx, BlobJob{Blobs: blobs})
	})
}

func (s *Store) exportData(ctx context.Context, id int64) (*ExportData, error) {
	user, err := s.user(ctx, id)
	if err != nil || user == nil {
		return nil, err
	}
	data := &ExportData{User: user, At: now(), store: s}
	if data.Relations, err = entries(ctx, s.db.Read(), user, -1); err != nil {
		return nil, err
	}
	data.Sessions, err = s.Sessions(ctx, user)
	return data, err
}
