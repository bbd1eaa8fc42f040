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
	"dchat/app/config"
	"dchat/app/files"
	"dchat/app/jobs"
	"dchat/db"
)

// Backup writes the database and all files to one archive. Nodes may be running. It writes nothing to the data folder,
// whose disk may be full or mounted read-only.
func Backup(ctx context.Context, config config.Config, log *slog.Logger, to io.Writer) (*backup.Summary, error) {
	if config.DatabaseURL == "" {
		if _, err := os.Stat(filepath.Join(config.DataDir, "dchat.db")); err != nil {
			return nil, fmt.Errorf("DCHAT_DATA_DIR %s has no database; is DATABASE_URL missing?", config.DataDir)
		}
	}
	disk, err := files.ReadDisk(config.FilesDir())
	if err != nil {
		return nil, fmt.Errorf("DCHAT_DATA_DIR: %w", err)
	}
	defer disk.Close()
	database, err := openDirect(ctx, config, log, toRead)
	if err != nil {
		return nil, err
	}
	defer database.Close()
	summary, err := backUp(ctx, backup.Options{
		DB: database, Files: disk, Scratch: func() (*os.File, error) { return scratch(to, disk) }, Version: Version(), Log: log,
	}, to)
	if db.IsWriteOutage(err) {
		err = nameUnread(config.DSN(), "DATABASE_URL", err)
	}
	return summary, err
}

func backUp(ctx context.Context, options backup.Options, to io.Writer) (*backup.Summary, error) {
	switch current, err := options.DB.Migrated(ctx); {
	case err != nil:
		return nil, err
	case !current:
		return nil, errors.New("the database is of an older release: back it up with that one, or run `dchat migrate` first")
	}
	return backup.Write(ctx, options, to)
}

// scratch creates a temporary file that is removed when it is closed: beside the archive if that is a file, else in the
// system's temporary folder, else among the files, since a minimal image has no temporary folder.
func scratch(archive io.Writer, disk *files.Disk) (*os.File, error) {
	dirs := []string{os.TempDir()}
	if file, ok := archive.(*os.File); ok && file != os.Stdout {
		dirs = append([]string{filepath.Dir(file.Name())}, dirs...)
	}
	var failed []error
	for _, dir := range dirs {
		file, err := os.CreateTemp(dir, ".dchat-*")
		if err == nil {
			_ = os.Remove(file.Name())
			return file, nil
		}
		failed = append(failed, err)
	}
	file, err := disk.Scratch()
	if err != nil {
		return nil, fmt.Errorf("no place for a file while the backup is made: %w", errors.Join(append(failed, err)...))
	}
	return file, nil
}

// Restore fills an empty database and an empty folder of files from an archive. No node may be running. Files that root
// restores get the owner of the data folder.
func Restore(ctx context.Context, config config.Config, log *slog.Logger, from io.Reader) (*backup.Summary, error) {
	if err := closeData(config, log); err != nil {
		return nil, err
	}
	summary, err := restore(ctx, config, log, from)
	return summary, errors.Join(err, ownLikeFolder(config.DataDir))
}

func restore(ctx context.Context, config config.Config, log *slog.Logger, from io.Reader) (*backup.Summary, error) {
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
		return nil, fmt.Errorf("%s has files already; restore into an empty folder", config.FilesDir())
	}
	if err != nil {
		return nil, err
	}
	return summary, errors.Join(options.DB.Migrate(ctx), options.DB.Analyze(ctx))
}

// openStores opens the database and the files that Restore fills, with a direct connection if DATABASE_URL is a pooler's.
func openStores(ctx context.Context, config config.Config, log *slog.Logger) (options backup.Options, closeAll func(), err error) {
	disk, err := openDisk(config)
	if err != nil {
		return options, nil, err
	}
	database, err := openDirect(ctx, config, log, toWrite)
	if err != nil {
		return options, nil, errors.Join(err, disk.Close())
	}
	closeAll = func() { _ = errors.Join(database.Close(), disk.Close()) }
	putter, err := jobs.New(jobs.Options{DB: database, Log: log})
	if err != nil {
		closeAll()
		return options, nil, err
	}
	return backup.Options{DB: database, Files: disk, Jobs: putter, Version: Version(), Log: log}, closeAll, nil
}
