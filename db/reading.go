package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// ErrChanged reports that a server has begun to write to a SQLite database that was opened as immutable.
var ErrChanged = errors.New("a server has started meanwhile: try again")

// OpenReading opens a database for Read, Snapshot and Hold only. It writes nothing beside a SQLite file, whose disk
// may be full or read-only.
func OpenReading(ctx context.Context, dsn string) (*DB, error) {
	path, isFile := strings.CutPrefix(dsn, "sqlite:")
	if !isFile {
		return openStandby(ctx, dsn)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, err
	}
	if alone(abs) { // the log is what SQLite writes to, and makes if it is missing
		return openReadOnly(ctx, abs, url.Values{"immutable": {"1"}}, info)
	}
	d, err := openReadOnly(ctx, abs, url.Values{"mode": {"ro"}}, nil)
	if err == nil || !IsWriteOutage(err) {
		return d, err
	}
	d, errMemory := openReadOnly(ctx, abs, url.Values{"mode": {"ro"}, "readonly_shm": {"1"}}, nil) // its index in memory
	if errMemory != nil {
		return nil, err
	}
	return d, nil
}

// openStandby also accepts a Postgres that cannot write.
func openStandby(ctx context.Context, dsn string) (*DB, error) {
	d, err := openPostgres(dsn)
	if err != nil {
		return nil, err
	}
	if err := d.writer.PingContext(ctx); err != nil {
		return nil, errors.Join(unreachable{err}, d.Close())
	}
	return d.bounded(), nil
}

func openReadOnly(ctx context.Context, path string, params url.Values, still fs.FileInfo) (*DB, error) {
	params["_pragma"] = []string{"busy_timeout(10000)", "query_only(1)", "cache_size(-16000)"}
	handle, err := sql.Open("sqlite", address(path, params))
	if err != nil {
		return nil, err
	}
	handle.SetMaxOpenConns(max(4, runtime.NumCPU()))
	b := bun.NewDB(handle, sqlitedialect.New())
	d := &DB{writer: b, reader: b, path: path, still: still}
	var tables int
	if err := b.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// alone reports whether no server has the file open, and all that was committed is in it: a server keeps a log and its
// index beside it.
func alone(path string) bool {
	log, err := os.Stat(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	_, errIndex := os.Stat(path + "-shm")
	return err == nil && log.Size() == 0 && errors.Is(errIndex, fs.ErrNotExist)
}

// unchanged joins ErrChanged to an error if the file is not any more what it was.
func (d *DB) unchanged(err error) error {
	if d.still == nil {
		return err
	}
	info, errStat := os.Stat(d.path)
	if errStat == nil && alone(d.path) && info.Size() == d.still.Size() && info.ModTime().Equal(d.still.ModTime()) && os.SameFile(info, d.still) {
		return err
	}
	return errors.Join(ErrChanged, err)
}

// address is what the driver opens.
func address(path string, params url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: params.Encode()}).String()
}
