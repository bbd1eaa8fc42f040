package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Waiting is how many jobs are in a state, in one queue.
type Waiting struct {
	Queue, State string
	Jobs         int
}

// Queues reads the depth of the job queues at a scrape, but at most once in a few seconds: each node exports the same
// numbers, and several may be scraped.
func (m *Metrics) Queues(ask func(context.Context) ([]Waiting, error)) {
	m.registry.MustRegister(&queues{ask: ask, depth: prometheus.NewDesc(
		"dchat_jobs", "Jobs in the database by queue and state, the same on every node.", []string{"queue", "state"}, nil)})
}

const (
	askEvery  = 5 * time.Second
	askWithin = 2 * time.Second
)

type queues struct {
	ask   func(context.Context) ([]Waiting, error)
	depth *prometheus.Desc

	mu    sync.Mutex
	asked time.Time
	last  []Waiting
}

// Describe is Prometheus'.
func (q *queues) Describe(out chan<- *prometheus.Desc) { out <- q.depth }

// Collect exports nothing if the database does not answer: old numbers would mislead.
func (q *queues) Collect(out chan<- prometheus.Metric) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if time.Since(q.asked) > askEvery {
		ctx, cancel := context.WithTimeout(context.Background(), askWithin)
		defer cancel()
		q.last, _ = q.ask(ctx)
		q.asked = time.Now()
	}
	for _, w := range q.last {
		out <- prometheus.MustNewConstMetric(q.depth, prometheus.GaugeValue, float64(w.Jobs), w.Queue, w.State)
	}
}
