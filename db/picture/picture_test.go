package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheSchemaInDocsIsCurrent(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "graphics"), 0o755))
	require.NoError(t, draw(t.Context(), dir))
	for _, name := range []string{"schema.md", "graphics/DChat_MR.svg"} {
		written, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		kept, err := os.ReadFile(filepath.Join("../../docs", name))
		require.NoError(t, err)
		require.Equal(t, string(written), string(kept), "go generate updates docs/%s", name)
	}
}

func TestDiagramMarksKindsOfReferences(t *testing.T) {
	child := &table{name: "child", columns: []column{
		{name: "id", kind: "integer", key: true}, {name: "a", kind: "integer"}, {name: "b", kind: "integer", null: true},
	}}
	require.Equal(t, `parents ||--o{ child : "a"`, child.relationship(ref{from: []string{"a"}, to: "parents"}))
	require.Equal(t, `parents |o--o{ child : "b"`, child.relationship(ref{from: []string{"b"}, to: "parents"}))
	require.Equal(t, `parents ||..o{ child : "a"`, child.relationship(ref{from: []string{"a"}, to: "parents", logical: true}))
	require.Equal(t, `parents ||--o| child : "id"`, child.relationship(ref{from: []string{"id"}, to: "parents"}))
}

func TestATableWithoutAPlaceIsNotForgotten(t *testing.T) {
	tables, err := schema(t.Context())
	require.NoError(t, err)
	_, err = lay(append(tables, &table{name: "reactions"}))
	require.ErrorContains(t, err, "reactions has no place")
}

func TestLinesCrossNeitherTablesNorEachOther(t *testing.T) {
	tables, err := schema(t.Context())
	require.NoError(t, err)
	s, err := lay(tables)
	require.NoError(t, err)
	require.NotEmpty(t, s.lines)
	for i, l := range s.lines {
		for _, table := range s.tables {
			require.False(t, l.meets(box{table.box.x + 1, table.box.y + 1, table.box.w - 2, table.box.h - 2}), "the line to %s runs through %s", l.to, table.name)
		}
		for _, other := range s.lines[:i] {
			for n := 1; n < len(other.points) && other.to != l.to; n++ {
				require.False(t, l.meets(around(other.points[n-1], other.points[n])), "the lines to %s and %s meet", l.to, other.to)
			}
		}
	}
}

// meets reports whether a piece of the line touches the box.
func (l path) meets(b box) bool {
	for i := 1; i < len(l.points); i++ {
		a := around(l.points[i-1], l.points[i])
		if a.x <= b.right() && b.x <= a.right() && a.y <= b.bottom() && b.y <= a.bottom() {
			return true
		}
	}
	return false
}

func around(a, b point) box {
	x, y := min(a.x, b.x), min(a.y, b.y)
	return box{x, y, max(a.x, b.x) - x, max(a.y, b.y) - y}
}
