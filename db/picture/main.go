// Command picture writes docs/schema.md and docs/graphics/DChat_MR.svg: which tables there are, and which row refers
// to which. It reads them from a database that it has just migrated, so what it draws is true.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"dchat/db"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: picture FOLDER")
		os.Exit(2)
	}
	if err := draw(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func draw(ctx context.Context, folder string) error {
	tables, err := schema(ctx)
	if err != nil {
		return err
	}
	s, err := lay(tables)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "schema.md"), []byte(markdown(tables)), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "graphics", "DChat_MR.svg"), s.svg(), 0o644)
}

// schema migrates an empty database and reads what is in it.
func schema(ctx context.Context) (_ []*table, err error) {
	folder, err := os.MkdirTemp("", "dchat-picture-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(folder, "dchat.db"))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if err := d.Migrate(ctx); err != nil {
		return nil, err
	}
	tables, err := read(ctx, d.Read().DB)
	if err != nil {
		return nil, err
	}
	return tables, addLogical(tables)
}
