package app

import (
	"context"
	"log/slog"
	"time"

	"dchat/app/config"
	"dchat/app/metrics"
)

// WatchBackups serves the age of a schedule's newest archive at DCHAT_METRICS_ADDR until stop is called; /readyz fails
// while an archive is overdue. If the address is unset or in use, nothing is served and the schedule continues.
func WatchBackups(config config.Config, log *slog.Logger, newest func() time.Time, overdue func() bool) (stop func()) {
	if config.MetricsAddr == "" {
		return func() {}
	}
	m := metrics.New(Version())
	m.Gauge("dchat_backup_timestamp_seconds", "When the newest archive of the schedule was begun; 0 if there is none.", func() float64 {
		if at := newest(); !at.IsZero() {
			return float64(at.Unix())
		}
		return 0
	})
	stop, err := servePrivate(config, log, privateRoutes(m, func(context.Context) (string, bool) {
		if overdue() {
			return "the newest archive is too old, or there is none", false
		}
		return "ok", true
	}))
	if err != nil {
		log.Warn("the age of the backups is not shown", "error", err)
		return func() {}
	}
	return stop
}
