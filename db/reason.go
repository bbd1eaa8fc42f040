package db

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// unreachable is a failed first connection. The driver's message has a line for each address that it tried; the last
// one has the reason.
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

// errReadOnly is a server that accepts no writes. It counts as an outage: this server, or another one of its name,
// will accept them later.
var errReadOnly error = readOnly{}

type readOnly struct{}

func (readOnly) Error() string {
	return "the database can only be read: the server is a standby, or default_transaction_read_only is on"
}

// SQLState is the code with which the server would have refused a write.
func (readOnly) SQLState() string { return "25006" }
