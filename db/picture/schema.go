package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

type table struct {
	name    string
	columns []column
	unique  []string // "low_id, high_id", besides the primary key
	refs    []ref
	box     box
}

type column struct {
	name, kind string
	null, key  bool // key: part of the primary key
}

// ref says that columns hold the key of another table's row.
type ref struct {
	from    []string
	to      string
	column  string // the last one of to's key
	logical bool   // held by the code, not by the database
}

// logical are the references that have no foreign key; db/migrations says why.
var logical = map[string][]ref{
	"messages": {
		{from: []string{"conversation_id"}, to: "conversations", column: "id"},
		{from: []string{"sender_id"}, to: "users", column: "id"},
	},
	"attachments": {
		{from: []string{"conversation_id", "seq"}, to: "messages", column: "seq"},
	},
}

func addLogical(tables []*table) error {
	for name, refs := range logical {
		t := find(tables, name)
		if t == nil {
			return fmt.Errorf("schema.go: there is no table %s", name)
		}
		for _, r := range refs {
			for _, c := range r.from {
				if t.row(c) < 0 {
					return fmt.Errorf("schema.go: %s has no column %s", name, c)
				}
			}
			if to := find(tables, r.to); to == nil || to.row(r.column) < 0 {
				return fmt.Errorf("schema.go: there is no %s.%s", r.to, r.column)
			}
			r.logical = true
			t.refs = append(t.refs, r)
		}
	}
	return nil
}

func find(tables []*table, name string) *table {
	i := slices.IndexFunc(tables, func(t *table) bool { return t.name == name })
	if i < 0 {
		return nil
	}
	return tables[i]
}

// row is the place of a column in its table, or -1.
func (t *table) row(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
}

// read reads our tables: not SQLite's, goose's or River's own.
func read(ctx context.Context, db *sql.DB) ([]*table, error) {
	var tables []*table
	err := each(ctx, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
		AND name NOT GLOB 'goose_*' AND name NOT GLOB 'river_*' AND name NOT GLOB 'message_fts*' ORDER BY name`, func(rows *sql.Rows) error {
		t := &table{}
		tables = append(tables, t)
		return rows.Scan(&t.name)
	})
	for _, t := range tables {
		if err == nil {
			err = t.read(ctx, db)
		}
	}
	return tables, err
}

func (t *table) read(ctx context.Context, db *sql.DB) error {
	err := each(ctx, db, "SELECT name, type, \"notnull\", pk > 0 FROM pragma_table_info('"+t.name+"') ORDER BY cid", func(rows *sql.Rows) error {
		var c column
		var notNull bool
		if err := rows.Scan(&c.name, &c.kind, &notNull, &c.key); err != nil {
			return err
		}
		c.null = !notNull && !c.key
		c.kind = strings.ToLower(c.kind)
		t.columns = append(t.columns, c)
		return nil
	})
	if err != nil {
		return err
	}
	if err := t.readUnique(ctx, db); err != nil {
		return err
	}
	// Without "to" it is the primary key that is referred to.
	return each(ctx, db, "SELECT \"from\", \"table\", coalesce(\"to\", 'id') FROM pragma_foreign_key_list('"+t.name+"') ORDER BY \"from\"", func(rows *sql.Rows) error {
		r := ref{from: []string{""}}
		t.refs = append(t.refs, r)
		return rows.Scan(&r.from[0], &t.refs[len(t.refs)-1].to, &t.refs[len(t.refs)-1].column)
	})
}

func (t *table) readUnique(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `SELECT group_concat(c.name, ', ' ORDER BY c.seqno) || iif(l.partial, ' (some)', '')
		FROM pragma_index_list('`+t.name+`') l, pragma_index_info(l.name) c
		WHERE l."unique" AND l.origin <> 'pk' GROUP BY l.name ORDER BY 1`, func(rows *sql.Rows) error {
		var columns string
		err := rows.Scan(&columns)
		t.unique = append(t.unique, columns)
		return err
	})
}

func each(ctx context.Context, db *sql.DB, query string, row func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
