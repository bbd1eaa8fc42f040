package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
)

var presenceCommand = command{
	name:    "presence",
	purpose: "what it costs that people are there and type",
	about: "Every person has the conversation with their partner open and visible, and some of them type all the time.\n" +
		"Prints frames a second, how long a sign of typing takes to the partner's page, and the CPU time the server spent.\n" +
		"Redis counts what it does itself: compare `redis-cli info commandstats` before and after.",
	bind: bindPresence,
}

// visibleEvery is how often a visible page says so.
const visibleEvery = 20 * time.Second

type presenceOptions struct {
	where
	watch
	people, typing         int
	every, seconds, warmup float64
}

func bindPresence(flags *pflag.FlagSet) runner {
	var o presenceOptions
	o.where.bind(flags)
	o.watch.bind(flags)
	flags.IntVar(&o.people, "people", 10_000, "`NUMBER` of people with an open page")
	flags.IntVar(&o.typing, "typing", 1000, "`NUMBER` of them who type")
	flags.Float64Var(&o.every, "every", 3, "`SECONDS` between two signs of a person who types")
	flags.Float64Var(&o.seconds, "seconds", 30, "`SECONDS` that are measured")
	flags.Float64Var(&o.warmup, "warmup", 5, "`SECONDS` before that, which do not count")
	return func(ctx context.Context) (report, error) { return o.run(ctx) }
}

type presenceReport struct {
	People  int       `json:"people"`
	Typing  int       `json:"typing"`
	Open    int       `json:"open_at_the_end"`
	Seconds float64   `json:"seconds"`
	Frames  float64   `json:"frames_per_second"`
	Bytes   float64   `json:"bytes_per_second"`
	Signs   int       `json:"signs_of_typing"`
	Shown   summary   `json:"shown"` // from the sign to the partner's frame
	Closed  histogram `json:"closed_by_server"`
	CPU     costs     `json:"cpu,omitempty"`
}

func (r *presenceReport) rows() [][2]string {
	return append([][2]string{
		{"people", fmt.Sprintf("%d, %d of them type, %d still connected at the end", r.People, r.Typing, r.Open)},
		{"frames", fmt.Sprintf("%.0f/s, %.1f KiB/s", r.Frames, r.Bytes/1024)},
		{"typing", fmt.Sprintf("%d signs in %g s, %d shown", r.Signs, r.Seconds, r.Shown.Count)},
		{"sign to partner", r.Shown.String()},
		{"closed by server", r.Closed.String()},
	}, r.CPU.rows(0)...)
}

func (o *presenceOptions) run(ctx context.Context) (report, error) {
	if err := inPairs(o.people); err != nil {
		return nil, err
	}
	if o.typing < 1 || o.typing > o.people || o.every <= 0 || o.seconds <= 0 || o.warmup < 0 {
		return nil, errors.New("--typing has to be from 1 to --people, --every and --seconds above 0 and --warmup not below")
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
	panes, err := t.panes(ctx, o.people)
	if err != nil {
		return nil, err
	}
	v := newViewers(t, panes)
	defer v.fleet.leave((*socket).close)
	if _, err := v.fleet.connect(ctx, wave{together: gently, patience: 2 * time.Minute}); err != nil {
		return nil, err
	}
	return o.measure(ctx, v)
}

func (o *presenceOptions) measure(ctx context.Context, v *viewers) (report, error) {
	live, stop := context.WithCancel(ctx)
	defer stop()
	var talking sync.WaitGroup
	defer talking.Wait()
	defer stop()
	begun := time.Now()
	v.in = window{from: begun.Add(seconds(o.warmup)), to: begun.Add(seconds(o.warmup + o.seconds))}
	v.measuring.Store(true)
	talking.Go(func() { v.inTurn(live, o.people, visibleEvery, v.visible) })
	talking.Go(func() { v.inTurn(live, o.typing, seconds(o.every), v.types) })
	cpu, err := o.during(ctx, v.in)
	if err != nil {
		return nil, err
	}
	pause(ctx, time.Second) // for the last signs
	v.mu.Lock()
	defer v.mu.Unlock()
	r := &presenceReport{
		People: o.people, Typing: o.typing, Open: int(v.fleet.open.Load()), Seconds: o.seconds,
		Frames: float64(v.frames) / o.seconds, Bytes: float64(v.bytes) / o.seconds,
		Signs: v.signs, Shown: summarize(v.took), Closed: v.fleet.closed.snapshot(), CPU: cpu,
	}
	if r.Shown.Count == 0 {
		return r, errors.New("no sign of typing was shown")
	}
	return r, nil
}

// viewers are pages of partners who look at their conversation.
type viewers struct {
	fleet     *fleet
	panes     []pane
	in        window
	measuring atomic.Bool
	opened    []atomic.Bool
	typed     []atomic.Int64 // when each typed last, and was not shown yet

	mu            sync.Mutex
	frames, bytes int
	signs         int
	took          []time.Duration
}

func newViewers(t *target, panes []pane) *viewers {
	v := &viewers{
		fleet: newFleet(t, len(panes)), panes: panes,
		opened: make([]atomic.Bool, len(panes)), typed: make([]atomic.Int64, len(panes)),
	}
	v.fleet.onFrame = v.heard
	return v
}

var typingText = []byte(" is typing")

func (v *viewers) heard(i int, frame []byte) {
	if cursor := cursorIn(frame); cursor != "" && v.opened[i].CompareAndSwap(false, true) {
		v.fleet.say(i, v.panes[i].cursor(cursor))
		v.fleet.say(i, "visible")
	}
	if !v.measuring.Load() {
		return
	}
	now := time.Now()
	shown := int64(0)
	if bytes.Contains(frame, typingText) {
		shown = v.typed[i^1].Swap(0)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.in.holds(now) {
		v.frames++
		v.bytes += len(frame)
	}
	if shown > 0 && v.in.holds(time.Unix(0, shown)) {
		v.took = append(v.took, now.Sub(time.Unix(0, shown)))
	}
}

// inTurn calls act for each of the first people once in every period, spread evenly.
func (v *viewers) inTurn(ctx context.Context, people int, period time.Duration, act func(int)) {
	begun := time.Now()
	for n := 0; pause(ctx, time.Until(begun.Add(period*time.Duration(n)/time.Duration(people)))); n++ {
		act(n % people)
	}
}

func (v *viewers) visible(i int) { v.fleet.say(i, "visible") }

func (v *viewers) types(i int) {
	now := time.Now()
	v.typed[i].Store(now.UnixNano())
	v.fleet.say(i, "typing."+strconv.Itoa(v.panes[i].conversation))
	if v.in.holds(now) {
		v.mu.Lock()
		v.signs++
		v.mu.Unlock()
	}
}
