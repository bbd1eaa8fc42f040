package chat

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// MaxUpload is the largest file, in bytes, 0 for no limit.
func (s *Store) MaxUpload() int64 { return s.maxUpload }

// Fits says, before a byte has come, whether a file of so many bytes may.
func (s *Store) Fits(ctx context.Context, user *User, size int64) error {
	if err := s.small(size); err != nil {
		return err
	}
	return s.AllFit(ctx, user, size)
}

// AllFit says whether several files of so many bytes altogether may.
func (s *Store) AllFit(ctx context.Context, user *User, size int64) error {
	return s.withinQuota(ctx, s.db.Read(), user.ID, size)
}

// makeRoom is Fits in the transaction that takes the room: of files that come at the same time, one may
// be too much.
func (s *Store) makeRoom(ctx context.Context, tx bun.Tx, user, size int64) error {
	if err := s.small(size); err != nil || s.quota == 0 {
		return err
	}
	if _, err := lockVersions(ctx, tx, []int64{user}); err != nil {
		return err
	}
	return s.withinQuota(ctx, tx, user, size)
}

func (s *Store) small(size int64) error {
	if s.maxUpload > 0 && size > s.maxUpload {
		return &Error{Code: TooLarge, Sentence: "A file here has at most " + Bytes(s.maxUpload) + "."}
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
		return &Error{Code: TooLarge, Sentence: "Your files take " + Bytes(used) + " of the " + Bytes(s.quota) + " that everybody has here. This one does not fit any more."}
	}
	return err
}

// Bytes is a size as people say it: "817 bytes", "4.2 MB".
func Bytes(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	}
	size := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		if size /= 1000; size < 999.5 || unit == "TB" {
			text := fmt.Sprintf("%.1f", size)
			if size >= 10 {
				text = fmt.Sprintf("%.0f", size)
			}
			return strings.TrimSuffix(text, ".0") + " " + unit
		}
	}
	return ""
}
