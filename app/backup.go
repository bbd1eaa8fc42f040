package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"dchat/app/backup"
	"dchat/app/files"
	"dchat/app/jobs"
	"dchat/db"

	"github.com/mattn/go-isatty"
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
	summary, err := backup.Write(ctx, options, to)
	if db.IsWriteOutage(err) {
		err = nameDisk(config.dsn(), "DATABASE_URL", err)
	}
	return summary, err
}

// Restore fills an empty database and an empty folder of files from an archive. No node may be running. What root
// restores belongs to whom the data folder belongs.
func Restore(ctx context.Context, config Config, log *slog.Logger, from io.Reader) (*backup.Summary, error) {
	if err := os.MkdirAll(config.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("DCHAT_DATA_DIR cannot be made: %w", err)
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
	disk, err := files.NewDisk(filepath.Join(config.DataDir, "files"))
	if err != nil {
		return options, nil, fmt.Errorf("DCHAT_DATA_DIR %s cannot keep files: its disk is full, or only to be read: %w", config.DataDir, err)
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
	return backup.Options{DB: database, Files: disk, Jobs: putter, Scratch: disk.Scratch, Version: version(), Log: log}, closeAll, nil
}

// writeBackup is `dchat backup [FILE]`.
func writeBackup(ctx context.Context, config Config, args []string, out io.Writer) error {
	if len(args) > 1 {
		return errors.New("dchat backup takes one FILE, or none to write to standard output")
	}
	if len(args) == 0 || args[0] == "-" {
		if isTerminal(out) {
			return errors.New("an archive is nothing for a terminal: name a FILE, or send the output somewhere")
		}
		return impatiently(ctx, out, func(to io.Writer) error {
			summary, err := Backup(ctx, config, logger(config), to)
			if err == nil {
				fmt.Fprintln(os.Stderr, "Backed up:", summary)
			}
			return err
		})
	}
	summary, err := backupFile(ctx, config, args[0])
	if err == nil {
		fmt.Fprintln(out, "Backed up:", summary)
	}
	return err
}

// backupFile gives the archive its name when it is whole, and only the owner may read it.
func backupFile(ctx context.Context, config Config, path string) (*backup.Summary, error) {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is there already; no archive is written over", path)
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".part-*") // 0600
	if err != nil {
		return nil, err
	}
	defer func() { _ = errors.Join(part.Close(), os.Remove(part.Name())) }() // closed and renamed if all went well
	summary, err := Backup(ctx, config, logger(config), part)
	if err == nil {
		err = part.Sync()
	}
	if err == nil {
		err = part.Close()
	}
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	return summary, err
}

// readBackup is `dchat restore [FILE]`.
func readBackup(ctx context.Context, config Config, args []string, out io.Writer) error {
	in := os.Stdin
	switch {
	case len(args) > 1:
		return errors.New("dchat restore takes one FILE, or none to read standard input")
	case len(args) == 1 && args[0] != "-":
		file, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	case isTerminal(in):
		return errors.New("name the FILE of an archive, or send one to standard input")
	}
	summary, err := Restore(ctx, config, logger(config), impatient(ctx, in))
	if err == nil {
		fmt.Fprintln(out, "Restored:", summary)
	}
	return err
}

// piece is how much goes through a pipe at once.
const piece = 256 << 10

// impatient stops reading when ctx ends, even where nothing comes.
func impatient(ctx context.Context, from io.Reader) io.Reader {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.CopyBuffer(w, from, make([]byte, piece))
		_ = w.CloseWithError(err)
	}()
	return bufio.NewReaderSize(r, piece)
}

// impatiently stops writing when ctx ends, even where nothing is taken.
func impatiently(ctx context.Context, to io.Writer, write func(io.Writer) error) error {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = r.CloseWithError(ctx.Err()) })
	taken := make(chan error, 1)
	go func() {
		_, err := io.CopyBuffer(to, r, make([]byte, piece))
		_ = r.CloseWithError(err)
		taken <- err
	}()
	err := write(w)
	_ = w.CloseWithError(err)
	select {
	case failed := <-taken:
		if err == nil {
			err = failed
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
