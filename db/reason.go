package db

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// unreachable is a failed first connection. The driver's own words are several lines, one for each way that it has tried,
// and the last of them is the reason.
type unreachable struct{ cause error }

func (u unreachable) Unwrap() error { return u.cause }

func (u unreachable) Error() string {
	var answer *pgconn.PgError
	if !errors.As(u.cause, &answer) {
		lines := strings.Split(strings.TrimSpace(u.cause.Error()), "\n")
		return "the database does not answer: " + strings.TrimSpace(lines[len(lines)-1])
	}
	switch answer.Code {
	case "3D000":
		return "the server answers, but has no such database: " + answer.Message
	case "28P01", "28000":
		return "the server refuses the user or the password: " + answer.Message
	}
	return fmt.Sprintf("the server refuses the connection: %s (%s)", answer.Message, answer.Code)
}

// errReadOnly is a server that takes nothing. It is an outage: it, or another one of its name, will.
var errReadOnly error = readOnly{}

type readOnly struct{}

func (readOnly) Error() string {
	return "the database can only be read: the server is a standby, or default_transaction_read_only is on"
}

// SQLState is what a statement that writes would have been answered.
func (readOnly) SQLState() string { return "25006" }
