package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

var idleCommand = command{
	name:    "idle",
	purpose: "how much memory an open page costs the server",
	about: "Opens idle sockets, waits until the server's memory is stable, and divides.\n" +
		"It holds for at least one heartbeat, since a socket that has never been written to looks cheaper than it is.",
	bind: bindIdle,
}

type idleOptions struct {
	where
	watch
	sockets int
	hold    float64
}

func bindIdle(flags *pflag.FlagSet) runner {
	var o idleOptions
	o.where.bind(flags)
	o.watch.bind(flags)
	flags.IntVar(&o.sockets, "sockets", 10_000, "`NUMBER` of open pages")
	flags.Float64Var(&o.hold, "hold", 25, "`SECONDS` to watch at least, four times that at most")
	return func(ctx context.Context) (report, error) { return o.run(ctx) }
}

type memory struct {
	PID       int     `json:"pid"`
	Name      string  `json:"name"`
	Before    int64   `json:"rss_before_bytes"`
	After     int64   `json:"rss_after_bytes"`
	PerSocket float64 `json:"kib_per_socket"`
}

type idleReport struct {
	Sockets  int       `json:"sockets"`
	Open     int       `json:"open_at_the_end"`
	Connect  float64   `json:"connect_seconds"`
	Frames   int64     `json:"frames"`
	Failures histogram `json:"failed_attempts"`
	Closed   histogram `json:"closed_by_server"`
	Settled  bool      `json:"settled"`
	Memory   []memory  `json:"memory"`
}

func (r *idleReport) rows() [][2]string {
	rows := [][2]string{
		{"sockets", fmt.Sprintf("%d open of %d, all connected after %.1f s", r.Open, r.Sockets, r.Connect)},
		{"failed attempts", r.Failures.String()},
		{"closed by the server", r.Closed.String()},
		{"frames", fmt.Sprint(r.Frames)},
	}
	for _, m := range r.Memory {
		rows = append(rows, [2]string{"memory of " + m.Name, fmt.Sprintf("%.1f KiB a socket (%.1f MiB before, %.1f MiB after)",
			m.PerSocket, float64(m.Before)/(1<<20), float64(m.After)/(1<<20))})
	}
	switch {
	case len(r.Memory) == 0:
		rows = append(rows, [2]string{"memory", "not read: name the server's process with --pid"})
	case !r.Settled:
		rows = append(rows, [2]string{"mind", "the memory was still moving at the end"})
	}
	return rows
}

func (o *idleOptions) run(ctx context.Context) (report, error) {
	if o.sockets < 1 || o.hold <= 0 {
		return nil, errors.New("--sockets and --hold have to be above 0")
	}
	t, err := o.open(1)
	if err != nil {
		return nil, err
	}
	if err := allowFiles(o.sockets); err != nil {
		return nil, err
	}
	before, err := o.read()
	if err != nil {
		return nil, err
	}
	f := newFleet(t, o.sockets)
	defer f.leave((*socket).close)
	begun := time.Now()
	if _, err := f.connect(ctx, wave{together: gently, patience: 2 * time.Minute}); err != nil {
		return nil, err
	}
	r := &idleReport{Sockets: o.sockets, Connect: time.Since(begun).Seconds()}
	after, settled, err := o.awaitStable(ctx)
	if err != nil {
		return nil, err
	}
	r.Settled, r.Open, r.Frames = settled, int(f.open.Load()), f.frames.Load()
	r.Failures, r.Closed = f.failures.snapshot(), f.closed.snapshot()
	if r.Open == 0 {
		return r, errors.New("the server closed every socket")
	}
	for i, u := range after {
		m := memory{PID: u.pid, Name: u.name, Before: before[i].rss, After: u.rss}
		m.PerSocket = float64(m.After-m.Before) / 1024 / float64(r.Open)
		r.Memory = append(r.Memory, m)
	}
	return r, nil
}

// awaitStable reads the memory for the hold, and on until the last readings agree within 1 %.
func (o *idleOptions) awaitStable(ctx context.Context) ([]usage, bool, error) {
	const looks = 5
	hold := seconds(o.hold)
	var recent []int64
	for begun := time.Now(); ; {
		if !pause(ctx, hold/25) {
			return nil, false, ctx.Err()
		}
		seen, err := o.read()
		if err != nil {
			return nil, false, err
		}
		recent = append(recent, totalRSS(seen))
		recent = recent[max(0, len(recent)-looks):]
		calm := len(recent) == looks && agree(recent)
		watched := time.Since(begun)
		if watched >= hold && calm || watched >= 4*hold {
			return seen, calm, nil
		}
	}
}

func totalRSS(seen []usage) (sum int64) {
	for _, u := range seen {
		sum += u.rss
	}
	return sum
}

func agree(looks []int64) bool {
	low, high := looks[0], looks[0]
	for _, look := range looks {
		low, high = min(low, look), max(high, look)
	}
	return high-low <= high/100
}
