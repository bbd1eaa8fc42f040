package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"modernc.org/sqlite"
)

// IsConflict reports whether err is the violation of a unique key.
func IsConflict(err error) bool {
	const unique, primaryKey = 2067, 1555 // SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY
	lite := liteCode(err)
	return pgState(err) == "23505" || lite == unique || lite == primaryKey
}

// IsBusy reports whether err is a lock or statement time-out, a deadlock or a serialization failure: the database is
// well, and a retry may succeed.
func IsBusy(err error) bool {
	switch pgState(err) {
	case "55P03", "57014", "40P01", "40001": // lock timeout, statement timeout, deadlock, serialization
		return true
	}
	return false
}

// IsLocked reports whether err means that another session holds a lock for longer than a statement waits.
func IsLocked(err error) bool { return pgState(err) == "55P03" }

// IsOutage reports whether err means that the database could not be reached, cannot write, or took too
// long: the same may work later.
func IsOutage(err error) bool {
	if state := pgState(err); state != "" {
		return pgAway(state) != noOutage
	}
	if code := liteCode(err); code != 0 {
		return liteAway(code) != noOutage
	}
	var broken interface{ SafeToRetry() bool } // pgx: the connection broke before
	if errors.As(err, &broken) && broken.SafeToRetry() {
		return true
	}
	var network net.Error
	if errors.As(err, &network) {
		return true
	}
	for _, outage := range []error{driver.ErrBadConn, context.DeadlineExceeded, net.ErrClosed, io.ErrUnexpectedEOF} {
		if errors.Is(err, outage) {
			return true
		}
	}
	return false
}

// IsWriteOutage reports whether err is an outage in which reading may go on: that a statement succeeds
// says nothing about its end.
func IsWriteOutage(err error) bool {
	return pgAway(pgState(err)) == readsOnly || liteAway(liteCode(err)) == readsOnly
}

// away is the state of the database that an error implies.
type away int

const (
	noOutage  away = iota // the statement is wrong, or others were in the way
	readsOnly             // it cannot write
	gone                  // it does not serve
)

// pgAway knows the error codes of Postgres: https://www.postgresql.org/docs/current/errcodes-appendix.html
func pgAway(state string) away {
	switch state {
	case "25006", "53100": // a demoted primary, a full disk
		return readsOnly
	case "25P03", "25P04", "XX001", "XX002": // the session was ended (idle in a transaction, transaction too long), damaged data or index
		return gone
	case "57014": // a statement that took too long
		return noOutage
	}
	switch {
	case len(state) != 5:
		return noOutage
	case state[:2] == "58": // of the operating system, input and output among them
		return readsOnly
	case state[:2] == "08", state[:2] == "53", state[:3] == "57P": // connection, out of resources, shutting down
		return gone
	}
	return noOutage
}

// liteAway knows the result codes of SQLite: https://www.sqlite.org/rescode.html. The low byte of an
// extended one is its kind.
func liteAway(code int) away {
	switch code & 0xff {
	case 3, 8, 10, 13, 14: // PERM, READONLY, IOERR, FULL, CANTOPEN
		return readsOnly
	case 5, 6, 7, 11, 15, 26: // BUSY and LOCKED (after busy_timeout), NOMEM, CORRUPT, PROTOCOL, NOTADB
		return gone
	}
	return noOutage
}

func pgState(err error) string {
	var pg interface{ SQLState() string }
	if errors.As(err, &pg) {
		return pg.SQLState()
	}
	return ""
}

func liteCode(err error) int {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()
	}
	return 0
}
