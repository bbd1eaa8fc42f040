package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to date. Nodes that start together wait for each other.
func (d *DB) Migrate(ctx context.Context) error {
	provider, err := d.provider()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("the database could not be migrated: %w", err)
	}
	return nil
}

// Migrated reports whether the schema is the one this binary knows.
func (d *DB) Migrated(ctx context.Context) (bool, error) {
	provider, err := d.provider()
	if err != nil {
		return false, err
	}
	pending, err := provider.HasPending(ctx)
	return !pending, err
}

func (d *DB) provider() (*goose.Provider, error) {
	folder, dialect := "migrations/sqlite", goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d.Postgres() {
		folder, dialect = "migrations/postgres", goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, d.writer.DB, files, options...)
}
