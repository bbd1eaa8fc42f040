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

// Containers start in any order: a node waits for its Postgres, and for whoever migrates it.
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
	a.database.OnStatement(a.asked)
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

// access is for what a database is opened, and how a failure of it names the disk.
type access struct {
	open func(ctx context.Context, dsn string) (*db.DB, error)
	name func(dsn, setting string, err error) error
}

var (
	toWrite = access{db.Open, nameDisk}
	toRead  = access{db.OpenReading, nameUnread}
)

// openDirect is for locks that belong to a session of the database: it goes past a pooler.
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

// openWaiting opens a database. A Postgres that is not there yet, even by its name, is waited for; what
// is wrong with the address or the password is said at once.
func openWaiting(ctx context.Context, to access, dsn, name string, log *slog.Logger) (*db.DB, error) {
	var database *db.DB
	within := postgresWithin
	if strings.HasPrefix(dsn, "sqlite:") {
		within = 0 // nobody else starts a file
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

// nameDisk says of a database that is a file where it is: no setting may name it, and its disk may be what is wrong.
func nameDisk(dsn, name string, err error) error {
	path, isFile := strings.CutPrefix(dsn, "sqlite:")
	switch {
	case isFile && db.IsWriteOutage(err):
		return fmt.Errorf("nothing can be written to %s, where the database is: its disk is full, or only to be read: %w", filepath.Dir(path), err)
	case isFile:
		return fmt.Errorf("the database %s: %w", path, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// nameUnread is nameDisk for what only reads. After a crash a SQLite has a log, of which it makes an index beside it.
func nameUnread(dsn, name string, err error) error {
	path, isFile := strings.CutPrefix(dsn, "sqlite:")
	if !isFile {
		return fmt.Errorf("%s: %w", name, err)
	}
	if log, errLog := os.Stat(path + "-wal"); db.IsWriteOutage(err) && errLog == nil && log.Size() > 0 {
		return fmt.Errorf("the database %s cannot be read: no server has put its log in order, and %s is full, or only to be read: %w", path, filepath.Dir(path), err)
	}
	return fmt.Errorf("the database %s cannot be read: %w", path, err)
}

var errOldSchema = errors.New("the database needs a migration: run `dchat migrate`, or set DCHAT_MIGRATE=auto")

// awaitSchema returns once the schema fits. On SQLite nobody else could see to that.
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
		a.log.Warn("not ready: waiting until somebody migrates the database", "error", err, "for", within)
	})
}

// waitFor tries until it works, for as long as it may take. What it waits for is said once.
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

// openClaim keeps nodes that cannot work together off one database.
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
