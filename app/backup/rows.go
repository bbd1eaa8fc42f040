package backup

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"dchat/db"

	"github.com/uptrace/bun"
)

func identifiers(table db.Table) []bun.Ident {
	names := make([]bun.Ident, len(table.Columns))
	for i, c := range table.Columns {
		names[i] = bun.Ident(c.Name)
	}
	return names
}

// eachRow calls each for every row of a table, with values that JSON can hold.
func eachRow(ctx context.Context, tx bun.Tx, table db.Table, each func([]any) error) error {
	rows, err := tx.QueryContext(ctx, "SELECT ? FROM ?", bun.List(identifiers(table)), bun.Ident(table.Name))
	if err != nil {
		return err
	}
	defer rows.Close()
	row := make([]any, len(table.Columns))
	into := make([]any, len(row))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, c := range table.Columns {
			if row[i], err = portable(row[i], c.Kind); err != nil {
				return fmt.Errorf("%s.%s: %w", table.Name, c.Name, err)
			}
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// portable converts a value to a form that does not depend on the database.
func portable(value any, kind db.Kind) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case int64:
		if kind == db.Boolean {
			return v != 0, nil
		}
		if kind == db.Integer {
			return v, nil
		}
	case string:
		if kind == db.Text {
			return v, nil
		}
	case []byte:
		if kind == db.Bytes {
			return append([]byte{}, v...), nil // SQLite's driver has nil for no bytes, which JSON takes for NULL
		}
	case bool:
		if kind == db.Boolean {
			return v, nil
		}
	case time.Time:
		if kind == db.Time {
			return v.UTC(), nil
		}
	}
	return nil, fmt.Errorf("a %T is no %s", value, kind)
}

// value undoes portable after JSON.
func value(written any, kind db.Kind) (any, error) {
	switch v := written.(type) {
	case nil:
		return nil, nil
	case json.Number:
		if kind == db.Integer {
			return v.Int64()
		}
	case bool:
		if kind == db.Boolean {
			return v, nil
		}
	case string:
		switch kind {
		case db.Text:
			return v, nil
		case db.Bytes:
			return base64.StdEncoding.DecodeString(v)
		case db.Time:
			return time.Parse(time.RFC3339Nano, v)
		}
	}
	return nil, errors.New("a row does not fit its table")
}

// How much goes into one statement. SQLite takes no longer ones than a million bytes.
const (
	statementRows  = 500
	statementBytes = 200_000
)

// inserter puts rows into one table, many at a time.
type inserter struct {
	tx    bun.Tx
	table db.Table
	rows  int
	size  int
	args  []any
}

func (i *inserter) add(ctx context.Context, row []any, size int) error {
	if len(row) != len(i.table.Columns) {
		return damaged(errors.New("a row does not fit its table"))
	}
	for n, c := range i.table.Columns {
		v, err := value(row[n], c.Kind)
		if err != nil {
			return damaged(err)
		}
		i.args = append(i.args, v)
	}
	i.rows++
	if i.size += size; i.rows < statementRows && i.size < statementBytes {
		return nil
	}
	return i.flush(ctx)
}

func (i *inserter) flush(ctx context.Context) error {
	if i.rows == 0 {
		return nil
	}
	row := "(" + strings.Repeat("?, ", len(i.table.Columns)-1) + "?)"
	query := "INSERT INTO ? (?) VALUES " + strings.Repeat(row+", ", i.rows-1) + row
	_, err := i.tx.ExecContext(ctx, query, append([]any{bun.Ident(i.table.Name), bun.List(identifiers(i.table))}, i.args...)...)
	if err != nil {
		err = fmt.Errorf("%s: %w", i.table.Name, err)
	}
	i.rows, i.size, i.args = 0, 0, i.args[:0]
	return err
}
