package app

import (
	"log/slog"

	"dchat/app/config"
)

// Describe returns log attributes for a node that starts: its version, its kind of database, and each setting that is not
// at its default; for a secret, only that it is set.
func Describe(config config.Config) []any {
	return []any{"version", Version(), "database", config.Database(), slog.GroupAttrs("settings", config.Changed()...)}
}

// logRunning logs the addresses at which the node serves.
func (a *App) logRunning() {
	where := []any{"url", a.URL()}
	if a.listener != nil {
		where = append(where, "address", a.listener.Addr().String())
	}
	a.log.Info("running", where...)
}
