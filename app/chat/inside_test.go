package chat

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"
)

// TokenUntil is the token of a link that ends at another moment than usual.
func (s *Store) TokenUntil(purpose string, u *User, until time.Time) string {
	head := make([]byte, tokenHead)
	head[0] = tokenVersion
	binary.BigEndian.PutUint64(head[1:], uint64(u.ID))
	binary.BigEndian.PutUint64(head[9:], uint64(until.Unix()))
	return base64.RawURLEncoding.EncodeToString(slices.Concat(head, s.seal(link(purpose), head, u)))
}

// Checks is how many passwords are compared with a hash while do runs.
func (s *Store) Checks(do func()) int {
	before := s.checks.Load()
	do()
	return int(s.checks.Load() - before)
}
