package app

import (
	"context"
	"os"
	"path/filepath"

	"dchat/static"
)

// openDev serves static files from the source folder if the server runs there, and reloads pages after edits of those and of
// templates, whose text templ writes into temporary files while it watches.
func (a *App) openDev(context.Context) error {
	if _, err := os.Stat("static/static.go"); a.config.Dev == "on" && err == nil {
		a.onClose(static.Watch("static", filepath.Join(os.TempDir(), "templ_*.txt")))
	}
	return nil
}
