package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dchat/app/config"
	"dchat/db"
)

// Containers start in any order: a node waits for Postgres, and for the migration of its schema.
var (
	postgresWithin = 2 * time.Minute
	schemaWithin   = 5 * time.Minute
)

const (
	lookEvery = time.Second
	tryWithin = 10 * time.Second
)

func (a *App) openDatabase(ctx context.Context) (err error) {
	if a.config.Migrate == "auto" {
		if err := Migrate(ctx, a.config, a.log); err != nil {
			return err
		}
	}
	if a.database, err = openWaiting(ctx, toWrite, a.config.DSN(), "DATABASE_URL", a.log); err != nil {
		return err
	}
	a.database.OnStatement(a.onStatement)
	a.onClose(func() {
		a.outage.close()
		_ = a.database.Close()
	})
	if err := a.awaitSchema(ctx); err != nil {
		return err
	}
	return a.openClaim(ctx)
}

// Migrate brings the database up to date, through MIGRATE_URL if it is set.
func Migrate(ctx context.Context, config config.Config, log *slog.Logger) error {
	if config.DatabaseURL == "" {
		if err := closeData(config, log); err != nil {
			return err
		}
	}
	database, err := openDirect(ctx, config, log, toWrite)
	if err != nil {
		return err
	}
	defer database.Close()
	return database.Migrate(ctx)
}

// access is how a database is opened, and how its errors name the database.
type access struct {
	open func(ctx context.Context, dsn string) (*db.DB, error)
	name func(dsn, setting string, err error) error
}

var (
	toWrite = access{db.Open, nameDisk}
	toRead  = access{db.OpenReading, nameUnread}
)

// openDirect opens a direct connection, for locks that belong to a database session and that a pooler would lose.
func openDirect(ctx context.Context, config config.Config, log *slog.Logger, to access) (*db.DB, error) {
	dsn, name := config.DSN(), "DATABASE_URL"
	if config.MigrateURL != "" {
		dsn, name = config.MigrateURL, "MIGRATE_URL"
	}
	database, err := openWaiting(ctx, to, dsn, name, log)
	if err != nil {
		return nil, err
	}
	if err := checkDirect(ctx, database, config, log); err != nil {
		_ = database.Close()
		return nil, err
	}
	return database, nil
}

func checkDirect(ctx context.Context, database *db.DB, config config.Config, log *slog.Logger) error {
	switch pooled, err := database.Pooled(ctx); {
	case err != nil:
		return fmt.Errorf("DATABASE_URL: %w", err)
	case pooled && config.MigrateURL == "":
		return errors.New("DATABASE_URL goes through a pooler: set MIGRATE_URL to a direct connection to the same database")
	case pooled:
		log.Warn("MIGRATE_URL seems to go through a pooler, which must keep sessions together: better a direct connection")
	}
	return nil
}

// openWaiting opens a database. It waits for a Postgres that is not reachable yet, or whose name does not resolve yet;
// a wrong address or password is an error at once.
func openWaiting(ctx context.Context, to access, dsn, name string, log *slog.Logger) (*db.DB, error) {
	var database *db.DB
	within := postgresWithin
	if strings.HasPrefix(dsn, "sqlite:") {
		within = 0 // a file needs no server to start
	}
	err := waitFor(ctx, within, func() error {
		ctx, cancel := context.WithTimeout(ctx, tryWithin)
		defer cancel()
		var err error
		database, err = to.open(ctx, dsn)
		return err
	}, func(err error) {
		what := "the database does not answer yet"
		if db.IsWriteOutage(err) {
			what = "the database cannot write yet"
		}
		log.Warn(what+": waiting for it", "setting", name, "error", err, "for", postgresWithin)
	})
	if err != nil {
		return nil, to.name(dsn, name, err)
	}
	return database, nil
}

// nameDisk adds to an error of a database file its path, since no setting may name it, and its disk may be full.
func nameDisk(dsn, name string, err error) error {
	path, isFile := strings.CutPrefix(dsn, "sqlite:")
	switch {
	case isFile && db.IsWriteOutage(err):
		return fmt.Errorf("nothing can be written to %s, where the database is: its disk is full or read-only: %w", filepath.Dir(path), err)
	case isFile:
		return fmt.Errorf("the database %s: %w", path, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// nameUnread is nameDisk for a database that is only read. After a crash SQLite has a log, and to read it writes an index
// beside it.
func nameUnread(dsn, name string, err error) error {
	path, isFile := strings.CutPrefix(dsn, "sqlite:")
	if !isFile {
		return fmt.Errorf("%s: %w", name, err)
	}
	if log, errLog := os.Stat(path + "-wal"); db.IsWriteOutage(err) && errLog == nil && log.Size() > 0 {
		return fmt.Errorf("the database %s cannot be read: no server has put its log in order, and %s is full or read-only: %w", path, filepath.Dir(path), err)
	}
	return fmt.Errorf("the database %s cannot be read: %w", path, err)
}

var errOldSchema = errors.New("the database needs a migration: run `dchat migrate`, or set DCHAT_MIGRATE=auto")

// awaitSchema returns once the schema fits. On SQLite it does not wait: no other node could migrate it.
func (a *App) awaitSchema(ctx context.Context) error {
	within := schemaWithin
	if !a.database.Postgres() {
		within = 0
	}
	return waitFor(ctx, within, func() error {
		current, err := a.database.Migrated(ctx)
		if err == nil && !current {
			err = errOldSchema
		}
		return err
	}, func(err error) {
		a.log.Warn("not ready: waiting for a migration of the database", "error", err, "for", within)
	})
}

// waitFor repeats try until it succeeds, for at most within. It calls say once, with the first error.
func waitFor(ctx context.Context, within time.Duration, try func() error, say func(error)) error {
	until, said := time.Now().Add(within), false
	for {
		err := try()
		if err == nil {
			return nil
		}
		may := db.IsOutage(err) || errors.Is(err, errOldSchema)
		if !may || !time.Now().Before(until) {
			return err
		}
		if !said {
			say(err)
			said = true
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped before it began: %w", err)
		case <-time.After(lookEvery):
		}
	}
}

// openClaim refuses a database that is in use by nodes with which this one cannot work together.
func (a *App) openClaim(ctx context.Context) error {
	direct := a.database
	if a.config.MigrateURL == "" {
		if err := checkDirect(ctx, direct, a.config, a.log); err != nil {
			return err
		}
	} else {
		var err error
		if direct, err = openDirect(ctx, a.config, a.log, toWrite); err != nil {
			return err
		}
		a.onClose(func() { _ = direct.Close() })
	}
	claim, err := direct.Claim(ctx, a.config.RedisURL == "", a.config.Fingerprint())
	if err != nil {
		return claimError(err)
	}
	a.claim = claim
	a.onClose(claim.Release)
	return nil
}

func claimError(err error) error {
	switch {
	case errors.Is(err, db.ErrClaimed):
		return errors.New("another node is running on this database: nodes that share one all need REDIS_URL")
	case errors.Is(err, db.ErrStranger):
		return errors.New("DCHAT_SECRET is not that of the nodes which are running on this database: all need the same")
	}
	return fmt.Errorf("DATABASE_URL: %w", err)
}
