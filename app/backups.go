package app

import (
	"context"
	"log/slog"
	"time"

	"dchat/app/config"
	"dchat/app/metrics"
)

// WatchBackups shows at DCHAT_METRICS_ADDR, until stop is called, when the newest archive of a schedule was made. The
// schedule is ready while that is not overdue. Without that address, or beside a node that has it, nothing is shown:
// a schedule goes on either way.
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
