package account

import (
	"context"
	"sync"
	"time"
	_ "time/tzdata" // zones work on hosts without a zone database
)

var zones sync.Map // name → *time.Location: reading a zone costs a decompression

// location never fails: an unknown or empty name is UTC.
func location(name string) *time.Location {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return time.UTC
	}
	zones.Store(name, loc)
	return loc
}

// ValidZone reports whether name is an IANA time zone this server knows.
func ValidZone(name string) bool {
	return name == "UTC" || name != "" && location(name) != time.UTC
}

// SetZone stores the time zone of a person. An unknown zone is ignored.
func (s *Store) SetZone(ctx context.Context, user *User, zone string) error {
	if zone == user.Zone || !ValidZone(zone) {
		return nil
	}
	if _, err := s.db.Writer().NewUpdate().Model(user).Set("zone = ?", zone).WherePK().Exec(ctx); err != nil {
		return err
	}
	s.users.Drop(user.ID)
	return nil
}
