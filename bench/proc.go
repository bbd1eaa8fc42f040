package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// watch holds the flag that names the processes whose memory and CPU time are read.
type watch struct {
	pids pidList
}

func (w *watch) bind(flags *pflag.FlagSet) {
	flags.Var(&w.pids, "pid", "`PID` of the server, several with commas (its database, say); each is read with its children (Linux only)")
}

type pidList []int

func (l *pidList) String() string { return strings.Trim(fmt.Sprint([]int(*l)), "[]") }

// Type is what help calls it where a flag says nothing better.
func (l *pidList) Type() string { return "PID" }

// Set reads process ids with commas between them.
func (l *pidList) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		pid, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || pid < 1 {
			return fmt.Errorf("%q is not a process id", part)
		}
		*l = append(*l, pid)
	}
	return nil
}

// A usage is what a process and its children hold and have used so far.
type usage struct {
	pid  int
	name string
	rss  int64 // bytes
	cpu  time.Duration
}

// read looks at every watched process; it fails for one that is gone.
func (w *watch) read() ([]usage, error) {
	seen := make([]usage, 0, len(w.pids))
	for _, pid := range w.pids {
		u, err := readUsage(pid)
		if err != nil {
			return nil, fmt.Errorf("cannot read process %d: %w", pid, err)
		}
		seen = append(seen, u)
	}
	return seen, nil
}

// A cost is the CPU time that a process used within a window.
type cost struct {
	PID     int     `json:"pid"`
	Name    string  `json:"name"`
	Seconds float64 `json:"cpu_seconds"`
}

type costs []cost

// during waits for the window to close, and returns what the watched processes used within it,
// the generator itself being the last (where the system tells).
func (w *watch) during(ctx context.Context, in window) (costs, error) {
	if !pause(ctx, time.Until(in.from)) {
		return nil, ctx.Err()
	}
	before, err := w.read()
	if err != nil {
		return nil, err
	}
	self, selfErr := readUsage(os.Getpid())
	if !pause(ctx, time.Until(in.to)) {
		return nil, ctx.Err()
	}
	after, err := w.read()
	if err != nil {
		return nil, err
	}
	used := make(costs, 0, len(after)+1)
	for i, u := range after {
		used = append(used, cost{u.pid, u.name, (u.cpu - before[i].cpu).Seconds()})
	}
	if now, err := readUsage(os.Getpid()); err == nil && selfErr == nil {
		used = append(used, cost{now.pid, "bench itself", (now.cpu - self.cpu).Seconds()})
	}
	return used, nil
}

func (c costs) rows(messages int) [][2]string {
	rows := make([][2]string, 0, len(c))
	for _, one := range c {
		text := fmt.Sprintf("%.2f s", one.Seconds)
		if messages > 0 {
			text = fmt.Sprintf("%.3f s per 1,000 messages (%s in all)", one.Seconds*1000/float64(messages), text)
		}
		rows = append(rows, [2]string{"CPU of " + one.Name, text})
	}
	return rows
}
