package main

import (
	"fmt"
	"slices"
	"strings"
)

const introduction = `# The schema

The tables as migrations leave them, except those of goose and River. Solid lines are foreign keys; dotted lines are
references that the code keeps, for reasons that ` + "`db/migrations`" + ` gives. Types are SQLite's; Postgres has the same
columns. [The same as a picture](graphics/DChat_MR.svg).

Written by ` + "`go generate`" + ` from an empty, migrated database: edits by hand are lost.

`

// markdown is docs/schema.md.
func markdown(tables []*table) string {
	var b strings.Builder
	b.WriteString(introduction + "```mermaid\nerDiagram\n")
	for _, t := range tables {
		t.writeColumns(&b)
	}
	for _, t := range tables {
		for _, r := range t.refs {
			fmt.Fprintln(&b, "   ", t.relationship(r))
		}
	}
	b.WriteString("```\n\n| table | unique, besides the primary key |\n|---|---|\n")
	for _, t := range tables {
		if len(t.unique) > 0 {
			fmt.Fprintf(&b, "| `%s` | %s |\n", t.name, strings.Join(t.unique, "; "))
		}
	}
	return b.String()
}

func (t *table) writeColumns(b *strings.Builder) {
	fmt.Fprintf(b, "    %s {\n", t.name)
	for _, c := range t.columns {
		fmt.Fprintf(b, "        %s %s%s", c.kind, c.name, t.keys(c))
		if c.null {
			b.WriteString(` "may be null"`)
		}
		b.WriteByte('\n')
	}
	b.WriteString("    }\n")
}

func (t *table) keys(c column) string {
	var keys []string
	if c.key {
		keys = append(keys, "PK")
	}
	if slices.ContainsFunc(t.refs, func(r ref) bool { return slices.Contains(r.from, c.name) }) {
		keys = append(keys, "FK")
	}
	if slices.Contains(t.unique, c.name) {
		keys = append(keys, "UK")
	}
	if len(keys) == 0 {
		return ""
	}
	return " " + strings.Join(keys, ", ")
}

// relationship is a line of the diagram: how many rows of t name one row of the other table.
func (t *table) relationship(r ref) string {
	one, line, many := "||", "--", "o{"
	if t.mayBeNull(r) {
		one = "|o"
	}
	if r.logical {
		line = ".."
	}
	if t.identifiedBy(r.from) {
		many = "o|"
	}
	return fmt.Sprintf("%s %s%s%s %s : %q", r.to, one, line, many, t.name, strings.Join(r.from, ", "))
}

func (t *table) mayBeNull(r ref) bool {
	return slices.ContainsFunc(r.from, func(name string) bool { return t.columns[t.row(name)].null })
}

// identifiedBy reports whether the columns are a key of the table.
func (t *table) identifiedBy(columns []string) bool {
	var key []string
	for _, c := range t.columns {
		if c.key {
			key = append(key, c.name)
		}
	}
	return slices.Equal(key, columns) || slices.Contains(t.unique, strings.Join(columns, ", "))
}
