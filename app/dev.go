package app

import (
	"context"
	"os"
	"path/filepath"

	"dchat/static"
)

// openDev serves the browser's files from the source, where development runs in it, and has pages follow edits of those and of
// templates, of which templ writes the texts into files while it watches.
func (a *App) openDev(context.Context) error {
	if _, err := os.Stat("static/static.go"); a.config.Dev == "on" && err == nil {
		a.onClose(static.Watch("static", filepath.Join(os.TempDir(), "templ_*.txt")))
	}
	return nil
}
