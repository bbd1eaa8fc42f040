package chat

import (
	"context"
	"fmt"
	"strings"
)

// MaxUpload is the largest file, in bytes, 0 for no limit.
func (s *Store) MaxUpload() int64 { return s.maxUpload }

// Fits says, before a byte has come, whether a file of so many bytes may.
func (s *Store) Fits(ctx context.Context, user *User, size int64) error {
	if s.maxUpload > 0 && size > s.maxUpload {
		return &Error{Code: TooLarge, Sentence: "A file here has at most " + Bytes(s.maxUpload) + "."}
	}
	return s.AllFit(ctx, user, size)
}

// AllFit says whether several files of so many bytes altogether may.
func (s *Store) AllFit(ctx context.Context, user *User, size int64) error {
	if s.quota == 0 {
		return nil
	}
	var used int64
	err := s.db.Read().NewRaw(`SELECT coalesce((SELECT sum(size) FROM attachments WHERE owner_id = ?), 0) +
		coalesce((SELECT sum(size) FROM uploads WHERE user_id = ?), 0)`, user.ID, user.ID).Scan(ctx, &used)
	if err == nil && used+size > s.quota {
		return &Error{Code: TooLarge, Sentence: "Your files take " + Bytes(used) + " of the " + Bytes(s.quota) + " that everybody has here. This one does not fit any more."}
	}
	return err
}

// Bytes is a size as people say it: "817 bytes", "4.2 MB".
func Bytes(n int64) string {
	if n < 1000 {
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
