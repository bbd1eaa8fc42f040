package attachment

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/db"

	"github.com/uptrace/bun"
)

// UploadLife is how long an upload of which nothing more comes is kept.
const UploadLife = 24 * time.Hour

// uploadHold is how long a node that receives a chunk keeps the upload after it fell silent: it died, or its
// connection did, and the browser is back with another.
const uploadHold = 10 * time.Second

// Upload is a file on its way. How far it is and which request receives the next chunk is stored here, so that any
// node can go on.
type Upload struct {
	bun.BaseModel `bun:"table:uploads,alias:up"`

	ID        string `bun:",pk"` // random; becomes the attachment's
	UserID    int64
	Name      string
	Size      int64     // in bytes
	AsFile    bool      // it keeps every byte, also if it is a photo
	Received  int64     // how many of them have come for good
	Digest    []byte    // the SHA-256 of these, still open for more
	Holder    string    // the request that receives a chunk at present, "" if none
	HeldUntil time.Time `bun:",nullzero"`
	CreatedAt time.Time
	SeenAt    time.Time

	Finished bool `bun:"-"` // it is an attachment now
}

// ErrHeld is the refusal of a second chunk at the same time.
var ErrHeld = &errs.Error{Code: errs.Refused, Sentence: "Another part of this file is just arriving."}

// BeginUpload makes room for a file, or says at once that there is none.
func (s *Store) BeginUpload(ctx context.Context, user *account.User, id, name string, size int64, asFile bool) (*Upload, error) {
	up := &Upload{ID: id, UserID: user.ID, Name: FileName(name), Size: size, AsFile: asFile, Digest: []byte{}, CreatedAt: store.Now(), SeenAt: store.Now()}
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.reserve(ctx, tx, user.ID, size); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(up).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return up, nil
}

// Upload finds one's own upload, also once it is finished.
func (s *Store) Upload(ctx context.Context, user *account.User, id string) (*Upload, error) {
	up := &Upload{}
	err := s.db.Read().NewSelect().Model(up).Where("id = ?", id).Where("user_id = ?", user.ID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return s.finishedUpload(ctx, user, id)
	}
	return up, err
}

func (s *Store) finishedUpload(ctx context.Context, user *account.User, id string) (*Upload, error) {
	a := &Attachment{}
	err := s.db.Read().NewSelect().Model(a).Where("id = ?", id).Where("owner_id = ?", user.ID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.New(errs.NotFound, "This upload is no longer there.")
	}
	size := cmp.Or(a.Uploaded, a.Size) // as it was said to be
	return &Upload{ID: a.ID, UserID: a.OwnerID, Name: a.Name, Size: size, Received: size, Finished: true}, err
}

// HoldUpload reserves an upload for one chunk, until AdvanceUpload releases it; holder is random. It returns
// ErrHeld while another request has it.
func (s *Store) HoldUpload(ctx context.Context, user *account.User, id, holder string) (*Upload, error) {
	up := &Upload{}
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := db.ForUpdate(tx.NewSelect().Model(up).Where("id = ?", id).Where("user_id = ?", user.ID)).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return errs.New(errs.NotFound, "This upload is no longer there.")
		}
		if err != nil {
			return err
		}
		if up.Holder != "" && up.Holder != holder && up.HeldUntil.After(store.Now()) && up.HeldUntil.Before(store.Now().Add(uploadHold+store.ClockSkew)) {
			return ErrHeld
		}
		up.Holder, up.HeldUntil = holder, store.Now().Add(uploadHold)
		_, err = tx.NewUpdate().Model(up).Column("holder", "held_until").WherePK().Exec(ctx)
		return err
	})
	return up, err
}

// AdvanceUpload writes down that more has come for good; it fails with ErrHeld if the hold was lost.
func (s *Store) AdvanceUpload(ctx context.Context, up *Upload, received int64, digest []byte, release bool) error {
	up.Received, up.Digest, up.SeenAt = received, digest, store.Now()
	holder := up.Holder
	if up.HeldUntil = store.Now().Add(uploadHold); release {
		up.Holder, up.HeldUntil = "", time.Time{}
	}
	done, err := s.db.Writer().NewUpdate().Model(up).Column("received", "digest", "seen_at", "holder", "held_until").WherePK().Where("holder = ?", holder).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrHeld
}

// FinishUpload turns an upload that is whole into an attachment of the same id. If its file is another one than what
// has come, that one is removed.
func (s *Store) FinishUpload(ctx context.Context, up *Upload, f Stored) (*Attachment, error) {
	a := newAttachment(up.UserID, up.ID, f)
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewDelete().Model(up).WherePK().Where("holder = ?", up.Holder).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrHeld)
		}
		if f.Blob != up.ID {
			if err := s.db.Enqueue(ctx, tx, store.BlobJob{Blobs: []string{up.ID}}); err != nil {
				return err
			}
		}
		return s.insertAttachment(ctx, tx, a)
	})
	return a, err
}

// DropUpload forgets an upload, or a finished one that no message has taken along. Its bytes are removed
// by a job.
func (s *Store) DropUpload(ctx context.Context, user *account.User, id string) error {
	return s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		dropped, err := tx.NewDelete().Model((*Upload)(nil)).Where("id = ?", id).Where("user_id = ?", user.ID).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := dropped.RowsAffected(); err != nil || n > 0 {
			return errors.Join(err, s.db.Enqueue(ctx, tx, store.BlobJob{Blobs: []string{id}}))
		}
		var blobs []string
		_, err = tx.NewDelete().Model((*Attachment)(nil)).Where("id = ?", id).Where("owner_id = ?", user.ID).Where("seq = 0").Returning("blob").Exec(ctx, &blobs)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if len(blobs) == 0 {
			return errs.New(errs.NotFound, "This upload is no longer there.")
		}
		return s.db.Enqueue(ctx, tx, store.BlobJob{Blobs: Blobs(blobs[0])})
	})
}
