package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Table is one of our tables as both databases have it.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
}

// Column is a column of a Table.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Kind is the type of a column in both databases.
type Kind string

// The kinds.
const (
	Integer Kind = "integer"
	Text    Kind = "text"
	Bytes   Kind = "bytes"
	Boolean Kind = "boolean"
	Time    Kind = "time"
)

// kinds are what Postgres and SQLite call them.
var kinds = map[string]Kind{
	"bigint": Integer, "integer": Integer, "smallint": Integer,
	"text": Text, "uuid": Text,
	"bytea": Bytes, "blob": Bytes,
	"boolean":                  Boolean,
	"timestamp with time zone": Time, "timestamp": Time,
}

// notOurs reports whether a library makes and uses a table. message_fts is SQLite's index of message_tokens: triggers
// fill it, also in a restore.
func notOurs(table string) bool {
	return table == "goose_db_version" || strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "sqlite_") || strings.HasPrefix(table, "message_fts")
}

// Tables are ours, each after those to which its foreign keys refer.
func Tables(ctx context.Context, tx bun.IDB) ([]Table, error) {
	columns := `SELECT m.name, p.name, p.type FROM sqlite_master AS m, pragma_table_info(m.name) AS p WHERE m.type = 'table' ORDER BY m.name, p.cid`
	references := `SELECT m.name, f."table" FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'`
	if tx.Dialect().Name() == dialect.PG {
		columns = `SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
			WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name, ordinal_position`
		references = `SELECT child.relname::text, parent.relname::text FROM pg_constraint JOIN pg_class AS child ON child.oid = conrelid JOIN pg_class AS parent ON parent.oid = confrelid
			WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`
	}
	var tables []Table
	err := eachText(ctx, tx, columns, 3, func(row []string) error {
		if notOurs(row[0]) {
			return nil
		}
		kind, known := kinds[strings.ToLower(row[2])]
		if !known {
			return fmt.Errorf("the column %s.%s is of the unknown type %s", row[0], row[1], row[2])
		}
		if len(tables) == 0 || tables[len(tables)-1].Name != row[0] {
			tables = append(tables, Table{Name: row[0]})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, Column{row[1], kind})
		return nil
	})
	if err != nil {
		return nil, err
	}
	parents := map[string][]string{}
	err = eachText(ctx, tx, references, 2, func(row []string) error {
		parents[row[0]] = append(parents[row[0]], row[1])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return parentsFirst(tables, parents)
}

func parentsFirst(tables []Table, parents map[string][]string) (sorted []Table, err error) {
	placed := map[string]bool{}
	for len(tables) > 0 {
		i := slices.IndexFunc(tables, func(t Table) bool {
			return !slices.ContainsFunc(parents[t.Name], func(parent string) bool { return !placed[parent] })
		})
		if i < 0 {
			return nil, fmt.Errorf("the foreign keys of the table %s lead in a circle", tables[0].Name)
		}
		placed[tables[i].Name] = true
		sorted = append(sorted, tables[i])
		tables = slices.Delete(tables, i, i+1)
	}
	return sorted, nil
}

func eachText(ctx context.Context, tx bun.IDB, query string, columns int, each func([]string) error) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	row := make([]string, columns)
	into := make([]any, columns)
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}
