// Package metrics counts what an operator wants to know of a node, in the form of Prometheus. The
// rooms that do the work know nothing of it: they call functions, or count in numbers of their own
// that are read when somebody asks.
package metrics

import (
	"database/sql"
	"net/http"
	"strconv"
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
	delivered prometheus.Histogram
	jobs      *prometheus.HistogramVec
	failures  *prometheus.CounterVec
	queries   *prometheus.CounterVec
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
		Name: "dchat_commit_messages", Help: "Messages that were stored by one transaction.", Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200},
	})
	m.delivered = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "dchat_delivery_seconds", Help: "Time from a commit until its frames are with the sockets of this node and on their way to the others.", Buckets: quick,
	})
	m.jobs = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "dchat_job_seconds", Help: "Time that one try of a job took.", Buckets: slow,
	}, []string{"kind"})
	m.failures = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "dchat_job_failures_total", Help: "Tries of jobs that failed.",
	}, []string{"kind"})
	m.queries = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "dchat_db_errors_total", Help: "Statements that failed, because the database was away (outage) or for another reason (other).",
	}, []string{"reason"})
	for _, reason := range []string{"outage", "other"} {
		m.queries.WithLabelValues(reason)
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "dchat_build_info", Help: "Always 1; the version stands in the label.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.batches, m.delivered, m.jobs, m.failures, m.queries, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request notes an answer. The route is a pattern, never an address: those hold names and signatures,
// and there is no end of them.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

// Committed notes a transaction that stored messages.
func (m *Metrics) Committed(messages int) { m.batches.Observe(float64(messages)) }

// Delivered notes that the frames of a commit have been given out, and how long that took.
func (m *Metrics) Delivered(took time.Duration) { m.delivered.Observe(took.Seconds()) }

// Worked notes a try of a job.
func (m *Metrics) Worked(kind string, took time.Duration, err error) {
	m.jobs.WithLabelValues(kind).Observe(took.Seconds())
	if err != nil {
		m.failures.WithLabelValues(kind).Inc()
	}
}

// QueryFailed notes a statement that failed.
func (m *Metrics) QueryFailed(outage bool) {
	reason := "other"
	if outage {
		reason = "outage"
	}
	m.queries.WithLabelValues(reason).Inc()
}

// Gauge reads a number whenever somebody asks. Pairs of labels may follow the help.
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
