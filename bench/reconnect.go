package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"
)

var reconnectCommand = command{
	name:    "reconnect",
	purpose: "how long all pages take to come back after every connection was cut at once",
	about: "Opens sockets, cuts all of them at the same moment, and lets them come back as browsers do:\n" +
		"after 300 ms, doubling to 4 s, each give or take 30 %.",
	bind: bindReconnect,
}

type reconnectOptions struct {
	where
	sockets  int
	hold     float64
	patience float64
}

func bindReconnect(flags *pflag.FlagSet) runner {
	var o reconnectOptions
	o.bind(flags)
	flags.IntVar(&o.sockets, "sockets", 10_000, "`NUMBER` of open pages")
	flags.Float64Var(&o.hold, "hold", 2, "`SECONDS` to stay before the cut and after the return")
	flags.Float64Var(&o.patience, "patience", 120, "`SECONDS` after which a page that is not back counts as lost")
	return func(ctx context.Context) (report, error) { return o.run(ctx) }
}

type reconnectReport struct {
	Sockets  int       `json:"sockets"`
	Back     int       `json:"back"`
	AllBack  float64   `json:"all_back_seconds"` // 0 if they are not
	Each     summary   `json:"each"`
	Failures histogram `json:"failed_attempts"` // anything but a 101
	Closed   histogram `json:"closed_by_server"`
}

func (r *reconnectReport) rows() [][2]string {
	all := fmt.Sprintf("%.2f s", r.AllBack)
	if r.AllBack == 0 {
		all = "never"
	}
	return [][2]string{
		{"sockets", fmt.Sprintf("%d back of %d", r.Back, r.Sockets)},
		{"all back after", all},
		{"each back after", r.Each.String()},
		{"failed attempts", r.Failures.String()},
		{"closed by the server", r.Closed.String()},
	}
}

func (o *reconnectOptions) run(ctx context.Context) (report, error) {
	if o.sockets < 1 || o.hold < 0 || o.patience <= 0 {
		return nil, errors.New("--sockets and --patience have to be above 0 and --hold not below")
	}
	t, err := o.open(1)
	if err != nil {
		return nil, err
	}
	if err := allowFiles(o.sockets); err != nil {
		return nil, err
	}
	f := newFleet(t, o.sockets)
	defer f.leave((*socket).close)
	if _, err := f.connect(ctx, wave{together: gently, patience: 2 * time.Minute}); err != nil {
		return nil, err
	}
	if !pause(ctx, seconds(o.hold)) {
		return nil, ctx.Err()
	}
	if f.open.Load() == 0 {
		return nil, fmt.Errorf("the server closed every socket before the cut: %v", f.closed.snapshot())
	}
	f.failures, f.closed = tally{}, tally{}
	return o.cut(ctx, f)
}

func (o *reconnectOptions) cut(ctx context.Context, f *fleet) (report, error) {
	begun := time.Now()
	f.leave((*socket).drop)
	away := time.Since(begun)
	took, err := f.connect(ctx, wave{together: o.sockets, patience: seconds(o.patience), reconnects: true})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	took = slices.DeleteFunc(took, func(d time.Duration) bool { return d == 0 })
	for i := range took {
		took[i] += away
	}
	r := &reconnectReport{Sockets: o.sockets, Back: len(took), Each: summarize(took)}
	if err == nil {
		r.AllBack = r.Each.Max / 1000
		pause(ctx, seconds(o.hold)) // some may be sent away again at once
	}
	r.Failures, r.Closed = f.failures.snapshot(), f.closed.snapshot()
	return r, err
}
