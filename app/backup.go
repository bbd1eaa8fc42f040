package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"dchat/app/backup"
	"dchat/app/jobs"
	"dchat/db"
)

// Backup writes all that people have trusted DChat with to one archive. Nodes may be running.
func Backup(ctx context.Context, config Config, log *slog.Logger, to io.Writer) (*backup.Summary, error) {
	if config.DatabaseURL == "" {
		if _, err := os.Stat(filepath.Join(config.DataDir, "dchat.db")); err != nil {
			return nil, fmt.Errorf("DCHAT_DATA_DIR %s has no database; is DATABASE_URL missing?", config.DataDir)
		}
	}
	options, closeAll, err := openStores(ctx, config, log)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	switch current, err := options.DB.Migrated(ctx); {
	case err != nil:
		return nil, err
	case !current:
		return nil, errors.New("the database is of an older release: back it up with that one, or run `dchat migrate` first")
	}
	return backup.Write(ctx, options, to)
}

// Restore fills an empty database and an empty folder of files from an archive. No node may be running. What root
// restores belongs to whom the data folder belongs.
func Restore(ctx context.Context, config Config, log *slog.Logger, from io.Reader) (*backup.Summary, error) {
	if err := closeData(config, log); err != nil {
		return nil, err
	}
	summary, err := restore(ctx, config, log, from)
	return summary, errors.Join(err, ownLikeFolder(config.DataDir))
}

func restore(ctx context.Context, config Config, log *slog.Logger, from io.Reader) (*backup.Summary, error) {
	if config.DatabaseURL == "" {
		unlock, err := lockFolder(config.DataDir)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	options, closeAll, err := openStores(ctx, config, log)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	claim, err := options.DB.Claim(ctx, true, "")
	if errors.Is(err, db.ErrClaimed) {
		return nil, errors.New("a node is running on this database: stop all of them, and restore into an empty one")
	}
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	defer claim.Release()
	summary, err := backup.Restore(ctx, options, from)
	if errors.Is(err, backup.ErrFiles) {
		return nil, fmt.Errorf("%s has files already; restore into an empty folder", filepath.Join(config.DataDir, "files"))
	}
	if err != nil {
		return nil, err
	}
	return summary, errors.Join(options.DB.Migrate(ctx), options.DB.Analyze(ctx))
}

// openStores opens what is copied, past a pooler if there is one.
func openStores(ctx context.Context, config Config, log *slog.Logger) (options backup.Options, closeAll func(), err error) {
	disk, err := openDisk(config)
	if err != nil {
		return options, nil, err
	}
	database, err := openDirect(ctx, config, log)
	if err != nil {
		return options, nil, errors.Join(err, disk.Close())
	}
	closeAll = func() { _ = errors.Join(database.Close(), disk.Close()) }
	putter, err := jobs.New(jobs.Options{DB: database, Log: log})
	if err != nil {
		closeAll()
		return options, nil, err
	}
	return backup.Options{DB: database, Files: disk, Jobs: putter, Scratch: disk.Scratch, Version: Version(), Log: log}, closeAll, nil
}
