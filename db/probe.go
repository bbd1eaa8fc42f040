package db

import (
	"context"
	"errors"
)

// Probe tests whether the database accepts writes. It does not trigger OnStatement.
func (d *DB) Probe(ctx context.Context) error {
	if d.Postgres() {
		_, err := d.writer.DB.ExecContext(ctx, "UPDATE meta SET value = value WHERE name = 'epoch'")
		return err
	}
	// A full disk may still have room for a page: as much as some messages take has to fit.
	_, err := d.writer.DB.ExecContext(ctx, "INSERT INTO meta VALUES ('probe', hex(randomblob(65536))) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
	_, errDelete := d.writer.DB.ExecContext(ctx, "DELETE FROM meta WHERE name = 'probe'")
	return errors.Join(err, errDelete)
}
