package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"dchat/app"
	"dchat/app/config"
)

// schedule keeps archives in a folder: the newest, and no more than keep.
type schedule struct {
	folder string
	every  time.Duration // 0: once
	keep   int
}

const (
	archiveTime = "20060102T150405Z"
	retryAfter  = 5 * time.Minute
	partAge     = 24 * time.Hour   // of what a process that was killed has left
	lateAfter   = 10 * time.Minute // and half the time between two: a backup takes its time, and may be tried again
)

var (
	archiveName = regexp.MustCompile(`^dchat-(\d{8}T\d{6}Z)\.tar$`)
	partName    = regexp.MustCompile(`^\.dchat-\d{8}T\d{6}Z\.tar\.part-`)
)

// run makes the archive that is due, and with every the next ones until ctx ends. One that fails is tried again.
func (s schedule) run(ctx context.Context, config config.Config, log *slog.Logger) error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return err
	}
	if s.every == 0 {
		return s.once(ctx, config, log)
	}
	log.Info("backups by schedule", append(app.Describe(config), "folder", s.folder, "every", s.every.String(), "keep", s.keep)...)
	began := time.Now()
	defer app.WatchBackups(config, log, s.newest, func() bool { return s.overdue(began, time.Now()) })()
	for {
		wait, err := s.untilDue(time.Now())
		if err == nil && wait <= 0 {
			err = s.once(ctx, config, log)
			wait = s.every
		}
		if err != nil && ctx.Err() == nil {
			wait = min(s.every, retryAfter)
			log.Error("the backup failed and is tried again", "error", err, "in", wait.String())
		}
		select {
		case <-ctx.Done():
			log.Info("stopped", "reason", context.Cause(ctx))
			return nil
		case <-time.After(wait):
		}
	}
}

// once makes an archive, and then removes those that are too many.
func (s schedule) once(ctx context.Context, config config.Config, log *slog.Logger) error {
	path := filepath.Join(s.folder, "dchat-"+time.Now().UTC().Format(archiveTime)+".tar")
	summary, err := backupFile(ctx, config, log, path)
	if err != nil {
		return err
	}
	log.Info("backed up", "archive", path, "holds", fmt.Sprint(summary))
	return s.sweep(time.Now())
}

// untilDue is how long the newest archive is young enough.
func (s schedule) untilDue(now time.Time) (time.Duration, error) {
	archives, err := s.archives()
	if err != nil || len(archives) == 0 {
		return 0, err
	}
	return min(begun(archives[len(archives)-1]).Add(s.every).Sub(now), s.every), nil // a clock may have been wrong
}

// newest is when the newest archive was begun, or zero.
func (s schedule) newest() time.Time {
	archives, err := s.archives()
	if err != nil || len(archives) == 0 {
		return time.Time{}
	}
	return begun(archives[len(archives)-1])
}

// overdue reports whether there should be a newer archive by now. The first one may be made since the schedule began.
func (s schedule) overdue(began, now time.Time) bool {
	newest := s.newest()
	if newest.IsZero() {
		newest = began
	}
	return now.Sub(newest) > s.every+s.every/2+lateAfter
}

// begun returns the time in an archive's name, or zero for another file.
func begun(archive string) time.Time {
	at, _ := time.Parse(archiveTime, archiveName.FindStringSubmatch(archive)[1])
	return at
}

// archives are the names of all, the oldest first.
func (s schedule) archives() (names []string, err error) {
	entries, err := os.ReadDir(s.folder)
	for _, e := range entries {
		if archiveName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}

func (s schedule) sweep(now time.Time) error {
	archives, err := s.archives()
	if err != nil {
		return err
	}
	var failed []error
	for len(archives) > s.keep {
		failed = append(failed, os.Remove(filepath.Join(s.folder, archives[0])))
		archives = archives[1:]
	}
	entries, err := os.ReadDir(s.folder)
	failed = append(failed, err)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && partName.MatchString(e.Name()) && now.Sub(info.ModTime()) > partAge {
			failed = append(failed, os.Remove(filepath.Join(s.folder, e.Name())))
		}
	}
	return errors.Join(failed...)
}
