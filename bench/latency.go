package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/pflag"
)

var latencyCommand = command{
	name:    "latency",
	purpose: "how long a message takes from one page to the other",
	about: "Every person has a page open; messages are posted between partners at a fixed rate, whether or not the\n" +
		"server keeps up. The clock runs from just before the POST until the partner's socket brings the message.\n" +
		"A message that was acknowledged and never came is lost, and there may be none.",
	bind: bindLatency,
}

// moreConnections is how many POSTs can be under way at once beside the sockets.
const moreConnections = 1024

type latencyOptions struct {
	where
	watch
	people, size           int
	rate                   float64
	seconds, warmup, grace float64
	even, acks             bool
}

func bindLatency(flags *pflag.FlagSet) runner {
	var o latencyOptions
	o.where.bind(flags)
	o.watch.bind(flags)
	flags.IntVar(&o.people, "people", 10_000, "`NUMBER` of people with an open page")
	flags.IntVar(&o.size, "size", 120, "`BYTES` of a message")
	flags.Float64Var(&o.rate, "rate", 500, "`MESSAGES` a second, all people together")
	flags.Float64Var(&o.seconds, "seconds", 20, "`SECONDS` that are measured")
	flags.Float64Var(&o.warmup, "warmup", 2, "`SECONDS` before that, whose messages may not be lost but are not timed")
	flags.Float64Var(&o.grace, "grace", 10, "`SECONDS` to wait for the last messages")
	flags.BoolVar(&o.even, "even", false, "post at even distances rather than at random moments (Poisson)")
	flags.BoolVar(&o.acks, "acks", true, "acknowledge what comes, as pages do, so that the server writes receipts")
	return func(ctx context.Context) (report, error) { return o.run(ctx) }
}

type latencyReport struct {
	People    int       `json:"people"`
	Open      int       `json:"open_at_the_end"`
	Rate      float64   `json:"offered_per_second"`
	Seconds   float64   `json:"seconds"`
	Posted    int       `json:"posted"`
	Acked     int       `json:"acknowledged"`
	Delivered int       `json:"delivered"` // of those acknowledged
	Lost      int       `json:"lost"`
	Answers   histogram `json:"answers"`
	Delivery  summary   `json:"delivery"` // POST to the partner's frame
	Post      summary   `json:"post"`     // POST to its own answer
	Behind    summary   `json:"behind"`   // how late the generator itself posted
	Closed    histogram `json:"closed_by_server"`
	CPU       costs     `json:"cpu,omitempty"`
}

func (r *latencyReport) rows() [][2]string {
	return append([][2]string{
		{"people", fmt.Sprintf("%d, %d still connected at the end", r.People, r.Open)},
		{"offered", fmt.Sprintf("%g messages/s for %g s", r.Rate, r.Seconds)},
		{"lost", fmt.Sprintf("%d (%d posted, %d acknowledged, %d of them delivered)", r.Lost, r.Posted, r.Acked, r.Delivered)},
		{"answers", r.Answers.String()},
		{"POST to partner", r.Delivery.String()},
		{"POST to answer", r.Post.String()},
		{"posted late by", r.Behind.String()},
		{"closed by server", r.Closed.String()},
	}, r.CPU.rows(int(r.Rate*r.Seconds))...)
}

func (o *latencyOptions) run(ctx context.Context) (report, error) {
	if err := inPairs(o.people); err != nil {
		return nil, err
	}
	if o.rate <= 0 || o.seconds <= 0 || o.warmup < 0 || o.grace <= 0 {
		return nil, errors.New("--rate, --seconds and --grace have to be above 0 and --warmup not below")
	}
	t, err := o.open(o.people)
	if err != nil {
		return nil, err
	}
	if err := allowFiles(o.people + moreConnections); err != nil {
		return nil, err
	}
	if _, err := o.read(); err != nil {
		return nil, err
	}
	j := newJournal(o.schedule())
	f := newFleet(t, o.people)
	f.onFrame = j.arrived
	defer f.leave((*socket).close)
	if o.acks {
		a := &acknowledger{came: map[int]string{}}
		f.onFrame = func(i int, frame []byte) {
			j.arrived(i, frame)
			a.heard(i, frame)
		}
		talking, stop := context.WithCancel(ctx)
		var ended sync.WaitGroup
		ended.Go(func() { a.run(talking, f) })
		defer ended.Wait()
		defer stop()
	}
	if _, err := f.connect(ctx, wave{together: gently, patience: 2 * time.Minute}); err != nil {
		return nil, err
	}
	return o.measure(ctx, f, j)
}

// schedule draws when each message is due, counted from the start.
func (o *latencyOptions) schedule() []time.Duration {
	end := seconds(o.warmup + o.seconds)
	var due []time.Duration
	for at := time.Duration(0); at < end; {
		due = append(due, at)
		gap := 1.0
		if !o.even {
			gap = rand.ExpFloat64()
		}
		at += seconds(gap / o.rate)
	}
	return due
}

func (o *latencyOptions) measure(ctx context.Context, f *fleet, j *journal) (report, error) {
	p := newPoster(f.target, moreConnections)
	defer p.close()
	j.start = time.Now()
	from := j.start.Add(seconds(o.warmup))
	var answers tally
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.post(ctx, p, j, &answers)
	}()
	cpu, err := o.during(ctx, window{from: from, to: from.Add(seconds(o.seconds))})
	<-done
	if err != nil {
		return nil, err
	}
	j.awaitAll(ctx, seconds(o.grace))
	r := j.report(seconds(o.warmup))
	r.People, r.Open, r.Rate, r.Seconds = o.people, int(f.open.Load()), o.rate, o.seconds
	r.Answers, r.Closed, r.CPU = answers.snapshot(), f.closed.snapshot(), cpu
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case r.Acked == 0:
		return r, errors.New("the server acknowledged nothing")
	case r.Lost > 0:
		return r, fmt.Errorf("%d acknowledged messages never reached the partner's page", r.Lost)
	}
	return r, nil
}

// post sends each message when it is due, without waiting for the ones before.
func (o *latencyOptions) post(ctx context.Context, p *poster, j *journal, answers *tally) {
	var under sync.WaitGroup
	defer under.Wait()
	for n := range j.entries {
		if !pause(ctx, time.Until(j.start.Add(j.entries[n].due))) {
			return
		}
		from := rand.IntN(o.people)
		under.Go(func() {
			l := p.request(from)
			defer l.release()
			text := padded(j.token(n)+" "+strconv.Itoa(n), o.size)
			j.posting(n, from^1)
			err := l.send(text)
			if err != nil {
				answers.add(outcome(err), 1)
				return
			}
			j.answered(n)
			answers.add("200", 1)
		})
	}
}
