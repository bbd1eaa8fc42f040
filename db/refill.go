package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// Errors of Refill, which leave the database as it was.
var (
	ErrInhabited = errors.New("there are people in the database")
	ErrNewer     = errors.New("the schema is newer than this program")
	ErrAhead     = errors.New("the database has a newer schema already")
)

// Version is that of our schema as tx sees it.
func Version(ctx context.Context, tx bun.IDB) (version int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&version)
	return version, err
}

// Refill migrates an empty database to a version of our schema and calls fill in one transaction. No node migrates it
// meanwhile. Migrate goes on from there.
func (d *DB) Refill(ctx context.Context, version int64, fill func(context.Context, bun.Tx) error) error {
	return d.aloneMigrating(ctx, func() error {
		if err := d.prepare(ctx, version); err != nil {
			return err
		}
		return d.Write(WithLimits(ctx, Unlimited), func(ctx context.Context, tx bun.Tx) error {
			if err := fill(ctx, tx); err != nil || !d.Postgres() {
				return err
			}
			return countOn(ctx, tx)
		})
	})
}

// prepare makes the schema if the database has no data.
func (d *DB) prepare(ctx context.Context, version int64) error {
	ours, err := d.ours()
	if err != nil {
		return err
	}
	if sources := ours.ListSources(); version > sources[len(sources)-1].Version {
		return ErrNewer
	}
	inhabited, err := d.Inhabited(ctx)
	if err != nil {
		return err
	}
	is, err := ours.GetDBVersion(ctx)
	switch {
	case err != nil:
		return err
	case inhabited:
		return ErrInhabited
	case is > version:
		return ErrAhead
	}
	if _, err := ours.UpTo(ctx, version); err != nil {
		return err
	}
	return d.migrateRivers(ctx)
}

// Inhabited reports whether the database has users.
func (d *DB) Inhabited(ctx context.Context) (bool, error) {
	ours, err := d.ours()
	if err != nil {
		return false, err
	}
	if is, err := ours.GetDBVersion(ctx); err != nil || is == 0 {
		return false, err
	}
	return d.writer.NewSelect().Table("users").Exists(ctx)
}

// Analyze updates the statistics of Postgres' planner after a restore. SQLite needs none.
func (d *DB) Analyze(ctx context.Context) error {
	if !d.Postgres() {
		return nil
	}
	_, err := d.writer.DB.ExecContext(ctx, "ANALYZE") // takes as long as it takes
	return err
}

// countOn has Postgres give out ids behind those that are taken. SQLite does so by itself.
func countOn(ctx context.Context, tx bun.Tx) error {
	const identities = `SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'`
	var found [][2]string
	err := eachText(ctx, tx, identities, 2, func(row []string) error {
		found = append(found, [2]string(row))
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range found {
		table, column := bun.Ident(c[0]), bun.Ident(c[1])
		_, err := tx.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence(?, ?), coalesce(max(?), 0) + 1, false) FROM ?", c[0], c[1], column, table)
		if err != nil {
			return fmt.Errorf("ids of %s: %w", c[0], err)
		}
	}
	return nil
}
