package chat

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"dchat/db"

	"github.com/uptrace/bun"
)

// UploadLife is how long an upload of which nothing more comes is kept.
const UploadLife = 24 * time.Hour

// uploadHold is how long a node that takes a piece is waited for after it fell silent: it died, or its
// connection did, and the person's browser is back with another.
const uploadHold = 10 * time.Second

// Upload is a file on its way. How far it is and who takes the next piece is written here, so that any
// node can.
type Upload struct {
	bun.BaseModel `bun:"table:uploads,alias:up"`

	ID        string `bun:",pk"` // random; becomes the attachment's
	UserID    int64
	Name      string
	Size      int64     // in bytes
	AsFile    bool      // it keeps every byte, also if it is a photo
	Received  int64     // how many of them have come for good
	Digest    []byte    // the SHA-256 of these, still open for more
	Holder    string    // who takes a piece at present, "" if nobody
	HeldUntil time.Time `bun:",nullzero"`
	CreatedAt time.Time
	SeenAt    time.Time

	Finished bool `bun:"-"` // it is an attachment now
}

// ErrHeld is the refusal of a second piece at the same time.
var ErrHeld = &Error{Code: Refused, Sentence: "Another part of this file is just arriving."}

// BeginUpload makes room for a file, or says at once that there is none.
func (s *Store) BeginUpload(ctx context.Context, user *User, id, name string, size int64, asFile bool) (*Upload, error) {
	up := &Upload{ID: id, UserID: user.ID, Name: FileName(name), Size: size, AsFile: asFile, Digest: []byte{}, CreatedAt: now(), SeenAt: now()}
	err := s.transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.makeRoom(ctx, tx, user.ID, size); err != nil {
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
func (s *Store) Upload(ctx context.Context, user *User, id string) (*Upload, error) {
	up := &Upload{}
	err := s.db.Read().NewSelect().Model(up).Where("id = ?", id).Where("user_id = ?", user.ID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return s.finishedUpload(ctx, user, id)
	}
	return up, err
}

func (s *Store) finishedUpload(ctx context.Context, user *User, id string) (*Upload, error) {
	a := &Attachment{}
	err := s.db.Read().NewSelect().Model(a).Where("id = ?", id).Where("owner_id = ?", user.ID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("This upload is no longer there.")
	}
	size := cmp.Or(a.Uploaded, a.Size) // as it was said to be
	return &Upload{ID: a.ID, UserID: a.OwnerID, Name: a.Name, Size: size, Received: size, Finished: true}, err
}

// HoldUpload reserves an upload for one piece, until ReleaseUpload; holder is random. It returns ErrHeld
// while somebody else has it.
func (s *Store) HoldUpload(ctx context.Context, user *User, id, holder string) (*Upload, error) {
	up := &Upload{}
	err := s.transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := db.ForUpdate(tx.NewSelect().Model(up).Where("id = ?", id).Where("user_id = ?", user.ID)).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("This upload is no longer there.")
		}
		if err != nil {
			return err
		}
		if up.Holder != "" && up.Holder != holder && up.HeldUntil.After(now()) {
			return ErrHeld
		}
		up.Holder, up.HeldUntil = holder, now().Add(uploadHold)
		_, err = tx.NewUpdate().Model(up).Column("holder", "held_until").WherePK().Exec(ctx)
		return err
	})
	return up, err
}

// AdvanceUpload writes down that more has come for good; it fails with ErrHeld if the hold was lost.
func (s *Store) AdvanceUpload(ctx context.Context, up *Upload, received int64, digest []byte, release bool) error {
	up.Received, up.Digest, up.SeenAt = received, digest, now()
	holder := up.Holder
	if up.HeldUntil = now().Add(uploadHold); release {
		up.Holder, up.HeldUntil = "", time.Time{}
	}
	done, err := s.write().NewUpdate().Model(up).Column("received", "digest", "seen_at", "holder", "held_until").WherePK().Where("holder = ?", holder).Exec(ctx)
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
	err := s.transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewDelete().Model(up).WherePK().Where("holder = ?", up.Holder).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrHeld)
		}
		if f.Blob != up.ID {
			if err := s.enqueue(ctx, tx, BlobJob{Blobs: []string{up.ID}}); err != nil {
				return err
			}
		}
		return s.insertAttachment(ctx, tx, a)
	})
	return a, err
}

// DropUpload forgets an upload, or a finished one that no message has taken along. Its bytes are removed
// by a job.
func (s *Store) DropUpload(ctx context.Context, user *User, id string) error {
	return s.transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		gone, err := tx.NewDelete().Model((*Upload)(nil)).Where("id = ?", id).Where("user_id = ?", user.ID).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := gone.RowsAffected(); err != nil || n > 0 {
			return errors.Join(err, s.enqueue(ctx, tx, BlobJob{Blobs: []string{id}}))
		}
		var blobs []string
		_, err = tx.NewDelete().Model((*Attachment)(nil)).Where("id = ?", id).Where("owner_id = ?", user.ID).Where("seq = 0").Returning("blob").Exec(ctx, &blobs)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if len(blobs) == 0 {
			return notFound("This upload is no longer there.")
		}
		return s.enqueue(ctx, tx, BlobJob{Blobs: attachmentBlobs(blobs[0])})
	})
}

// dropLoose deletes uploads and attachments that no message has taken along, and returns their files.
// which is told the name of the column that says whose they are.
func dropLoose(ctx context.Context, tx bun.Tx, which func(q *bun.DeleteQuery, owner string) *bun.DeleteQuery) ([]string, error) {
	var blobs, files []string
	_, err := which(tx.NewDelete().Model((*Upload)(nil)), "user_id").Returning("id").Exec(ctx, &blobs)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	_, err = which(tx.NewDelete().Model((*Attachment)(nil)).Where("seq = 0"), "owner_id").Returning("blob").Exec(ctx, &files)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	for _, file := range files {
		blobs = append(blobs, attachmentBlobs(file)...)
	}
	return blobs, nil
}

// attachmentBlobs are all the files that may exist of one attachment.
func attachmentBlobs(blob string) []string {
	files := []string{blob}
	for _, width := range PreviewWidths {
		files = append(files, PictureFile(blob, width))
	}
	return files
}
