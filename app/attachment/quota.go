package attachment

import (
	"context"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/text"

	"github.com/uptrace/bun"
)

// MaxUpload is the largest file, in bytes, 0 for no limit.
func (s *Store) MaxUpload() int64 { return s.maxUpload }

// Fits says, before a byte has come, whether a file of so many bytes may.
func (s *Store) Fits(ctx context.Context, user *account.User, size int64) error {
	if err := s.small(size); err != nil {
		return err
	}
	return s.AllFit(ctx, user, size)
}

// AllFit says whether several files of so many bytes altogether may.
func (s *Store) AllFit(ctx context.Context, user *account.User, size int64) error {
	return s.withinQuota(ctx, s.db.Read(), user.ID, size)
}

// reserve is Fits in the transaction that takes the space: of files that come at the same time, one may
// exceed the quota.
func (s *Store) reserve(ctx context.Context, tx bun.Tx, user, size int64) error {
	if err := s.small(size); err != nil || s.quota == 0 {
		return err
	}
	if _, err := account.LockVersions(ctx, tx, []int64{user}); err != nil {
		return err
	}
	return s.withinQuota(ctx, tx, user, size)
}

func (s *Store) small(size int64) error {
	if s.maxUpload > 0 && size > s.maxUpload {
		return &errs.Error{Code: errs.TooLarge, Sentence: "A file here has at most " + text.Bytes(s.maxUpload) + "."}
	}
	return nil
}

func (s *Store) withinQuota(ctx context.Context, tx bun.IDB, user, size int64) error {
	if s.quota == 0 {
		return nil
	}
	var used int64
	err := tx.NewRaw(`SELECT coalesce((SELECT sum(size) FROM attachments WHERE owner_id = ?), 0) +
		coalesce((SELECT sum(size) FROM uploads WHERE user_id = ?), 0)`, user, user).Scan(ctx, &used)
	if err == nil && used+size > s.quota {
		return &errs.Error{Code: errs.TooLarge, Sentence: "Your files take " + text.Bytes(used) + " of the " + text.Bytes(s.quota) + " that everybody has here. This one does not fit any more."}
	}
	return err
}
