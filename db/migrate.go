package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var migrations embed.FS

// migrateKey is any number that no other program on the same Postgres database locks.
const migrateKey = 0x6463686d // "dchm"

// migrateWithin is how long a node waits for another one that migrates.
const migrateWithin = 10 * time.Minute

// Migrate brings the schema up to date: our tables, and those in which River keeps jobs. Nodes that
// start together wait for each other.
func (d *DB) Migrate(ctx context.Context) error {
	err := d.aloneMigrating(ctx, func() error {
		ours, err := d.ours()
		if err != nil {
			return err
		}
		if _, err := ours.Up(ctx); err != nil {
			return err
		}
		return d.migrateRivers(ctx)
	})
	if err != nil {
		return fmt.Errorf("the database could not be migrated: %w", err)
	}
	return nil
}

func (d *DB) migrateRivers(ctx context.Context) error {
	rivers, err := d.rivers()
	if err != nil {
		return err
	}
	_, err = rivers.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// ErrOutgrown reports that a newer release has removed what this one needs.
var ErrOutgrown = errors.New("a newer release has changed the database so that this one cannot use it")

// Migrated reports whether the schema has everything that this binary knows. It may have more: a newer
// release adds before it takes away. A migration that takes something away says so in the table meta:
// the value of oldest_schema is the last migration that a release must know to run on the database.
func (d *DB) Migrated(ctx context.Context) (bool, error) {
	ours, err := d.ours()
	if err != nil {
		return false, err
	}
	if pending, err := ours.HasPending(ctx); err != nil || pending {
		return false, err
	}
	var oldest int64
	err = d.reader.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'oldest_schema'").Scan(&oldest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if known := ours.ListSources(); oldest > known[len(known)-1].Version {
		return false, ErrOutgrown
	}
	rivers, err := d.rivers()
	if err != nil {
		return false, err
	}
	found, err := rivers.Validate(ctx)
	return err == nil && found.OK, err
}

// ours are the migrations of the folder migrations.
func (d *DB) ours() (*goose.Provider, error) {
	folder, dialect := "migrations/sqlite", goose.DialectSQLite3
	if d.Postgres() {
		folder, dialect = "migrations/postgres", goose.DialectPostgres
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, d.writer.DB, files, goose.WithDisableGlobalRegistry(true))
}

// rivers are the migrations that come with River.
func (d *DB) rivers() (*rivermigrate.Migrator[*sql.Tx], error) {
	config := &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}
	if d.Postgres() {
		return rivermigrate.New(riverdatabasesql.New(d.writer.DB), config)
	}
	return rivermigrate.New(riversqlite.New(d.writer.DB), config)
}

// aloneMigrating calls f while no other node of the database is in it. On SQLite the lock of the data
// folder keeps others off.
func (d *DB) aloneMigrating(ctx context.Context, f func() error) error {
	if !d.Postgres() {
		return f()
	}
	conn, err := d.writer.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer endClaim(conn)
	// Trying again is better than waiting in the database: a statement that waits there can stop an
	// index from being built for ever.
	for until := time.Now().Add(migrateWithin); ; {
		var got bool
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", migrateKey).Scan(&got); err != nil {
			return err
		}
		if got {
			return f()
		}
		if time.Now().After(until) {
			return errors.New("another node has been migrating it for too long")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(claimPause):
		}
	}
}
