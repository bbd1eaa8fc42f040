package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/pflag"
)

var sendCommand = command{
	name:    "send",
	purpose: "how many messages a second the server stores and acknowledges",
	about: "People post messages to their partners, each the next one as soon as the last is acknowledged.\n" +
		"Prints acknowledged messages a second, how long a POST took, and the CPU time the server spent.",
	bind: bindSend,
}

type sendOptions struct {
	where
	watch
	people, size    int
	seconds, warmup float64
}

func bindSend(flags *pflag.FlagSet) runner {
	var o sendOptions
	o.where.bind(flags)
	o.watch.bind(flags)
	flags.IntVar(&o.people, "people", 200, "`NUMBER` of people who send at once")
	flags.IntVar(&o.size, "size", 120, "`BYTES` of a message")
	flags.Float64Var(&o.seconds, "seconds", 10, "`SECONDS` that are measured")
	flags.Float64Var(&o.warmup, "warmup", 2, "`SECONDS` before that, which do not count")
	return func(ctx context.Context) (report, error) { return o.run(ctx) }
}

type sendReport struct {
	People    int       `json:"people"`
	Seconds   float64   `json:"seconds"`
	Acked     int       `json:"acknowledged"`
	PerSecond float64   `json:"acknowledged_per_second"`
	Answers   histogram `json:"answers"`
	Post      summary   `json:"post"`
	CPU       costs     `json:"cpu,omitempty"`
}

func (r *sendReport) rows() [][2]string {
	return append([][2]string{
		{"people", strconv.Itoa(r.People)},
		{"acknowledged", fmt.Sprintf("%.0f messages/s (%d in %.1f s)", r.PerSecond, r.Acked, r.Seconds)},
		{"answers", r.Answers.String()},
		{"POST", r.Post.String()},
	}, r.CPU.rows(r.Acked)...)
}

func (o *sendOptions) run(ctx context.Context) (report, error) {
	if err := inPairs(o.people); err != nil {
		return nil, err
	}
	if o.seconds <= 0 || o.warmup < 0 {
		return nil, errors.New("--seconds has to be above 0 and --warmup not below")
	}
	t, err := o.open(o.people)
	if err != nil {
		return nil, err
	}
	if err := allowFiles(o.people); err != nil {
		return nil, err
	}
	if _, err := o.read(); err != nil {
		return nil, err
	}
	return o.measure(ctx, newPoster(t, o.people))
}

func (o *sendOptions) measure(ctx context.Context, p *poster) (report, error) {
	defer p.close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	from := time.Now().Add(seconds(o.warmup))
	window := window{from: from, to: from.Add(seconds(o.seconds))}
	var answers tally
	samples := make([][]time.Duration, o.people)
	var senders sync.WaitGroup
	for i := range o.people {
		senders.Go(func() { samples[i] = o.sender(ctx, p, i, window, &answers) })
	}
	cpu, err := o.during(ctx, window)
	if err != nil {
		stop()
	}
	senders.Wait()
	if err != nil {
		return nil, err
	}
	all := gather(samples)
	answers.add("200", len(all))
	r := &sendReport{
		People: o.people, Seconds: o.seconds, Acked: len(all), PerSecond: float64(len(all)) / o.seconds,
		Answers: answers.snapshot(), Post: summarize(all), CPU: cpu,
	}
	if r.Acked == 0 {
		return r, errors.New("the server acknowledged nothing")
	}
	return r, nil
}

// sender posts back to back until the window closes, and returns how long those acknowledged
// within it took.
func (o *sendOptions) sender(ctx context.Context, p *poster, from int, in window, answers *tally) []time.Duration {
	l := p.request(from)
	defer l.release()
	var took []time.Duration
	for n := 0; ctx.Err() == nil; n++ {
		start := time.Now()
		if !start.Before(in.to) {
			break
		}
		err := l.send(padded("Message "+strconv.Itoa(n), o.size))
		end := time.Now()
		switch {
		case !in.holds(end):
		case err == nil:
			took = append(took, end.Sub(start))
		default:
			answers.add(outcome(err), 1)
		}
		if err != nil {
			pause(ctx, 20*time.Millisecond) // a server that refuses is not to be hammered
		}
	}
	return took
}

func gather(samples [][]time.Duration) []time.Duration {
	var all []time.Duration
	for _, some := range samples {
		all = append(all, some...)
	}
	return all
}
