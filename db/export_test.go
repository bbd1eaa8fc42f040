package db

import (
	"context"
	"testing"
	"time"
)

// MigrateTo brings our tables to a version, for tests of upgrades.
func (d *DB) MigrateTo(ctx context.Context, version int64) error {
	ours, err := d.ours()
	if err == nil {
		_, err = ours.UpTo(ctx, version)
	}
	return err
}

// ReclaimWithin shortens the wait for a session that was lost.
func ReclaimWithin(t *testing.T, within time.Duration) {
	was := reclaimWithin
	reclaimWithin = within
	t.Cleanup(func() { reclaimWithin = was })
}

// Single shortens what a single statement may take.
func Single(t *testing.T, within time.Duration) {
	was := single
	single = within
	t.Cleanup(func() { single = was })
}

// LiteVerdict is what IsOutage and IsWriteOutage say of a result code of SQLite: no one else can make its errors.
func LiteVerdict(code int) (outage, write bool) {
	return liteAway(code) != noOutage, liteAway(code) == readsOnly
}
