package app

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"dchat/app/config"
	"dchat/app/listen"
	"dchat/app/live"
	"dchat/app/metrics"
)

// privateConnections is how many connections operators and their tools may open.
const privateConnections = 32

// openPrivate serves metrics, profiles and health to operators. It is the only listener of a worker.
func (a *App) openPrivate(context.Context) error {
	if a.config.MetricsAddr == "" {
		return nil
	}
	a.measure()
	stop, err := servePrivate(a.config, a.log, a.privateRoutes())
	if err != nil {
		return err
	}
	a.onClose(stop)
	return nil
}

func servePrivate(config config.Config, log *slog.Logger, handler http.Handler) (stop func(), err error) {
	listener, err := net.Listen("tcp", config.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("DCHAT_METRICS_ADDR: %w", err)
	}
	gate := listen.New(listen.Limits{Total: privateConnections}, log) // apart from people's limit, so that operators get in under load
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, ConnState: listen.Watch,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() { _ = server.Serve(gate.Listener(listener)) }() // ends with stop
	return func() { _ = server.Close() }, nil
}

func (a *App) privateRoutes() http.Handler { return privateRoutes(a.metrics, a.ready) }

func privateRoutes(metrics *metrics.Metrics, isReady func(context.Context) (string, bool)) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound) // arguments may contain secrets
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		said, ready := isReady(r.Context())
		if !ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintln(w, said)
	})
	return mux
}

// measureRedis registers the state of both uses of Redis: the bus between nodes, and shared rate limits.
func (a *App) measureRedis() {
	if a.config.RedisURL == "" {
		return
	}
	watch := func(use string, up func() bool, errors func() int64) {
		a.metrics.Gauge("dchat_redis_up", "Whether this node works together with the others over Redis.", func() float64 {
			if up() {
				return 1
			}
			return 0
		}, "use", use)
		a.metrics.Counter("dchat_redis_errors_total", "Times that Redis did not do what it was asked for.", errors, "use", use)
	}
	watch("bus", a.broker.Healthy, a.hub.Stats().BusErrors.Load)
	if a.limits != nil && a.config.RateLimits == "on" {
		watch("limits", a.limits.Shared, a.limits.Losses)
	}
}

// measureConnections registers people's connections.
func (a *App) measureConnections() {
	m := a.metrics
	m.Gauge("dchat_connections", "Open connections of people.", func() float64 { return float64(a.gate.Stats().Open) })
	m.Gauge("dchat_connections_limit", "Connections that there may be at once, by the limit of descriptors; 0 is no limit.",
		func() float64 { return float64(a.gate.Stats().Limit) })
	for reason, read := range map[string]func(listen.Stats) int64{
		"full":        func(s listen.Stats) int64 { return s.Full },
		"address":     func(s listen.Stats) int64 { return s.Crowded },
		"descriptors": func(s listen.Stats) int64 { return s.Starved },
		"idle":        func(s listen.Stats) int64 { return s.Evicted },
	} {
		m.Counter("dchat_connections_refused_total", "Connections that were not taken in (full: too many, address: too many of one address, "+
			"descriptors: accept failed) or closed to make room (idle).", func() int64 { return read(a.gate.Stats()) }, "reason", reason)
	}
}

// measure registers what the rooms count.
func (a *App) measure() {
	m, stats := a.metrics, a.hub.Stats()
	m.Gauge("dchat_sockets", "Open sockets of this node.", func() float64 { return float64(a.hub.Count()) })
	m.Gauge("dchat_people", "People with a page open on this node.", func() float64 { return float64(a.hub.People()) })
	m.Counter("dchat_frames_total", "Frames written to sockets.", stats.Fragments.Load)
	for why := range live.Reasons {
		m.Counter("dchat_catchups_total", "Pages that had to be read again from the database, and why (overdue: found by reconciling only).",
			stats.CatchUps[why].Load, "reason", live.Reason(why).String())
	}
	m.Counter("dchat_sockets_dropped_total", "Sockets that were given up because they took nothing any more.", stats.Dropped.Load)
	m.Counter("dchat_bus_lost_total", "Frames that did not reach the other nodes over Redis.", stats.Lost.Load)
	m.Counter("dchat_passing_dropped_total", "Signs that a person types or is there which were dropped.", stats.Passed.Load)
	a.measureRedis()
	if a.web != nil {
		a.measureConnections()
		m.Counter("dchat_upload_bytes_total", "Bytes of files that people have sent.", a.web.Uploaded)
	}
	m.Gauge("dchat_files_free_bytes", "Room that is left where the files are.", func() float64 {
		free, err := a.files.Free()
		if err != nil {
			return math.NaN()
		}
		return float64(free)
	})
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
