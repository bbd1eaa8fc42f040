package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"dchat/app/metrics"
)

// openPrivate listens where operators look: metrics, profiles, and whether the node is well. It is the
// only listener of a worker.
func (a *App) openPrivate(context.Context) (err error) {
	if a.config.MetricsAddr == "" {
		return nil
	}
	a.measure()
	if a.private, err = net.Listen("tcp", a.config.MetricsAddr); err != nil {
		return fmt.Errorf("DCHAT_METRICS_ADDR: %w", err)
	}
	server := &http.Server{Handler: a.privateRoutes(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(a.private) }() // until close
	a.onClose(func() { _ = server.Close() })
	return nil
}

func (a *App) privateRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound) // what is in the environment of a command line is nobody's business
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		said, ready := a.ready(r.Context())
		if !ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintln(w, said)
	})
	return mux
}

// measure reads what the rooms count by themselves.
func (a *App) measure() {
	m, stats := a.metrics, a.hub.Stats()
	m.Gauge("dchat_sockets", "Open sockets of this node.", func() float64 { return float64(a.hub.Count()) })
	m.Counter("dchat_frames_total", "Frames written to sockets.", stats.Frames.Load)
	m.Counter("dchat_catchups_total", "Times that a page was read anew from the database.", stats.CatchUps.Load)
	m.Counter("dchat_overdue_total", "Pages of which only the safety net knew that they were behind.", stats.Overdue.Load)
	m.Counter("dchat_slow_sockets_total", "Times that a socket took too little and has to catch up.", stats.Slow.Load)
	m.Counter("dchat_bus_lost_total", "Frames that did not reach the other nodes over Redis.", stats.Lost.Load)
	if a.config.RedisURL != "" {
		m.Gauge("dchat_redis_up", "Whether this node hears the others over Redis.", func() float64 {
			if a.broker.Healthy() {
				return 1
			}
			return 0
		})
	}
	m.Queues(func(ctx context.Context) (waiting []metrics.Waiting, err error) {
		depths, err := a.jobs.Depths(ctx)
		for _, d := range depths {
			waiting = append(waiting, metrics.Waiting(d))
		}
		return waiting, err
	})
	m.Pool("writer", a.database.Writer().DB)
	if !a.database.Postgres() {
		m.Pool("reader", a.database.Read().DB)
	}
}
