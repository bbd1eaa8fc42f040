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
	var pg interface{ SQLState() string }
	if errors.As(err, &pg) {
		return pg.SQLState() == "23505"
	}
	var lite *sqlite.Error
	const unique, primaryKey = 2067, 1555 // SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY
	return errors.As(err, &lite) && (lite.Code() == unique || lite.Code() == primaryKey)
}

// IsOutage reports whether err means that the database could not be reached or took too long: the
// same may work later.
func IsOutage(err error) bool {
	var pg interface{ SQLState() string }
	if errors.As(err, &pg) {
		switch pg.SQLState()[:2] {
		case "57", "53", "08": // shutting down, out of resources, connection
			return true
		}
	}
	var broken interface{ SafeToRetry() bool } // the driver's word for a connection that broke before
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
