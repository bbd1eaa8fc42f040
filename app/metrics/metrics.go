// Package metrics exports the metrics of a node to Prometheus. Other packages do not import it: they call functions,
// or keep counters that a scrape reads.
package metrics

import (
	"database/sql"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is a registry of one node's own, so that several nodes fit into one process.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	batches   prometheus.Histogram
	near, far prometheus.Observer
	jobs      *prometheus.HistogramVec
	failures  *prometheus.CounterVec
	refused   *prometheus.CounterVec
	pushed    *prometheus.CounterVec

	outages, errors prometheus.Counter
}

// Buckets in seconds: a chat that takes longer than the last of them is broken.
var (
	quick = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	slow  = []float64{.01, .05, .25, 1, 5, 30, 120, 600}
)

// New makes the metrics of a node of some version.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "dchat_http_request_seconds", Help: "Time from a request to its answer, by route.", Buckets: quick,
	}, []string{"method", "route", "status"})
	m.batches = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "dchat_commit_messages", Help: "Messages that one transaction has stored.", Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200},
	})
	delivered := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "dchat_delivery_seconds", Help: "Time from a commit until its frame is written to a socket, on the same node (here) or by way of Redis (bus: clocks may differ).", Buckets: quick,
	}, []string{"from"})
	m.near, m.far = delivered.WithLabelValues("here"), delivered.WithLabelValues("bus")
	m.jobs = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "dchat_job_seconds", Help: "Time that one try of a job took.", Buckets: slow,
	}, []string{"kind"})
	m.failures = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "dchat_job_failures_total", Help: "Tries of jobs that failed.",
	}, []string{"kind"})
	m.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "dchat_limit_refusals_total", Help: "Events refused by a rate limit, by rule.",
	}, []string{"rule"})
	m.pushed = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "dchat_push_total", Help: "Push messages by outcome: sent, needless (read meanwhile, or not wanted), gone (the browser has unsubscribed), refused, failed (tried again).",
	}, []string{"outcome"})
	for _, outcome := range []string{"sent", "needless", "gone", "refused", "failed"} {
		m.pushed.WithLabelValues(outcome)
	}
	queries := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "dchat_db_errors_total", Help: "Statements that failed, because the database was away (outage) or for another reason (other).",
	}, []string{"reason"})
	m.outages, m.errors = queries.WithLabelValues("outage"), queries.WithLabelValues("other")
	m.Gauge("dchat_build_info", "Always 1; the versions stand in the labels.", func() float64 { return 1 }, "version", version, "go", runtime.Version())
	m.registry.MustRegister(m.requests, m.batches, delivered, m.jobs, m.failures, m.refused, m.pushed, queries,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request counts an answer. The route is a pattern, never a path: paths hold names and signatures, and their number
// is unbounded.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, classes[min(max(status/100, 0), 5)]).Observe(took.Seconds())
}

var classes = [...]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}

// Committed notes a transaction that stored messages.
func (m *Metrics) Committed(messages int) { m.batches.Observe(float64(messages)) }

// Delivered notes that a frame is written to a socket so long after its commit, on this node or on one
// that is far.
func (m *Metrics) Delivered(after time.Duration, far bool) {
	from := m.near
	if far {
		from = m.far
	}
	from.Observe(max(after, 0).Seconds())
}

// Refused counts an event that a rate limit refused.
func (m *Metrics) Refused(rule string) { m.refused.WithLabelValues(rule).Inc() }

// Pushed counts the outcome of a push message.
func (m *Metrics) Pushed(outcome string) { m.pushed.WithLabelValues(outcome).Inc() }

// Worked notes a try of a job.
func (m *Metrics) Worked(kind string, took time.Duration, err error) {
	m.jobs.WithLabelValues(kind).Observe(took.Seconds())
	if err != nil {
		m.failures.WithLabelValues(kind).Inc()
	}
}

// QueryFailed notes a statement that failed.
func (m *Metrics) QueryFailed(outage bool) {
	if outage {
		m.outages.Inc()
	} else {
		m.errors.Inc()
	}
}

// Gauge reads a number at each scrape. Pairs of label names and values may follow the help.
func (m *Metrics) Gauge(name, help string, read func() float64, labels ...string) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: pairs(labels)}, read))
}

// Counter reads a number that only grows.
func (m *Metrics) Counter(name, help string, read func() int64, labels ...string) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: pairs(labels)},
		func() float64 { return float64(read()) }))
}

// Pool watches the connections of a database handle.
func (m *Metrics) Pool(name string, handle *sql.DB) {
	m.registry.MustRegister(collectors.NewDBStatsCollector(handle, name))
}

func pairs(labels []string) prometheus.Labels {
	named := prometheus.Labels{}
	for i := 0; i+1 < len(labels); i += 2 {
		named[labels[i]] = labels[i+1]
	}
	return named
}

// Handler shows them all.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
