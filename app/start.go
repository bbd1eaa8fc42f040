package app

import (
	"log/slog"

	"dchat/app/config"
)

// Describe is what the log says of a node that starts: its version, where it keeps things, and each setting that is not
// at its default, of secrets only that they are set.
func Describe(config config.Config) []any {
	return []any{"version", Version(), "database", config.Database(), slog.GroupAttrs("settings", config.Changed()...)}
}

// logRunning says that people can come.
func (a *App) logRunning() {
	where := []any{"url", a.URL()}
	if a.listener != nil {
		where = append(where, "address", a.listener.Addr().String())
	}
	a.log.Info("running", where...)
}
