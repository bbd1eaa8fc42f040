package account

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"
)

// TokenUntil is the token of a link that expires at another time than usual.
func (s *Store) TokenUntil(purpose string, u *User, until time.Time) string {
	head := make([]byte, tokenHead)
	head[0] = tokenVersion
	binary.BigEndian.PutUint64(head[1:], uint64(u.ID))
	binary.BigEndian.PutUint64(head[9:], uint64(until.Unix()))
	return base64.RawURLEncoding.EncodeToString(slices.Concat(head, s.signer.seal(link(purpose), head, u)))
}

// Checks is how many passwords are compared with a hash while do runs.
func (s *Store) Checks(do func()) int {
	before := s.hasher.Checks.Load()
	do()
	return int(s.hasher.Checks.Load() - before)
}

// SearchSQL is the query of a search as the database gets it.
func (s *Store) SearchSQL(viewer *User, query string) string { return s.search(viewer, query).String() }
