package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"

	"dchat/app/errs"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// ExportLife is how long a copy of a person's data can be fetched.
const ExportLife = 7 * 24 * time.Hour

// ExportPatience is after how long a copy that does not get ready may be requested again.
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

// ExportJob is a copy of a person's data to be made.
type ExportJob struct {
	ExportID string `json:"export_id"`
}

// Kind names the job.
func (ExportJob) Kind() string { return "export" }

// RequestExport has a copy of one's data made. While one is being made it does nothing.
func (s *Store) RequestExport(ctx context.Context, user *User) error {
	last, err := s.LatestExport(ctx, user)
	if err != nil {
		return err
	}
	if last != nil && last.ReadyAt.IsZero() && store.Now().Sub(last.CreatedAt) < ExportPatience {
		return nil
	}
	_, err = s.Update(ctx, user.ID, nil, func(ctx context.Context, tx bun.Tx, u *User) error {
		old, err := dropExports(ctx, tx, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("user_id = ?", u.ID) })
		if err != nil {
			return err
		}
		export := &Export{ID: strings.ToLower(rand.Text()), UserID: u.ID, CreatedAt: store.Now()}
		if _, err := tx.NewInsert().Model(export).Exec(ctx); err != nil {
			return err
		}
		jobs := []store.Job{ExportJob{ExportID: export.ID}}
		if len(old) > 0 {
			jobs = append(jobs, store.BlobJob{Blobs: old})
		}
		return s.db.Enqueue(ctx, tx, jobs...)
	})
	return err
}

// LatestExport is the copy that was requested last, nil if there is none.
func (s *Store) LatestExport(ctx context.Context, user *User) (*Export, error) {
	return selectExport(ctx, s.db.Read(), func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("user_id = ?", user.ID).Where("created_at > ?", store.Now().Add(-ExportLife)).Order("created_at DESC").Limit(1)
	})
}

// ReadyExport is one's own copy with an id, nil if there is none that can be fetched.
func (s *Store) ReadyExport(ctx context.Context, user *User, id string) (*Export, error) {
	return selectExport(ctx, s.db.Read(), func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id = ?", id).Where("user_id = ?", user.ID).Where("ready_at IS NOT NULL").Where("created_at > ?", store.Now().Add(-ExportLife))
	})
}

// PendingExport is a copy that has to be made, nil if it is not wanted any more, or ready.
func (s *Store) PendingExport(ctx context.Context, id string) (*Export, error) {
	return selectExport(ctx, s.db.Read(), func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id = ?", id).Where("ready_at IS NULL") })
}

func selectExport(ctx context.Context, tx bun.IDB, which func(*bun.SelectQuery) *bun.SelectQuery) (*Export, error) {
	export := &Export{}
	err := which(tx.NewSelect().Model(export)).Scan(ctx)
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

// ExportReady stores where a copy is and tells the person. It succeeds only for the first copy that is ready,
// and only while it is wanted.
func (s *Store) ExportReady(ctx context.Context, export *Export, blob string, size int64) error {
	_, err := s.Update(ctx, export.UserID, nil, func(ctx context.Context, tx bun.Tx, u *User) error {
		export.Blob, export.Size, export.ReadyAt = blob, size, store.Now()
		done, err := tx.NewUpdate().Model(export).WherePK().Where("ready_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, errs.New(errs.NotFound, "This copy is not wanted any more."))
		}
		return s.db.Enqueue(ctx, tx, EmailJob{Name: EmailExport, UserID: u.ID, To: u.Email})
	})
	return err
}
