package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

var coldCommand = command{
	name:    "cold",
	purpose: "how long the server takes from its start to its first answer",
	about: "Starts the given program again and again, each time with an empty data folder, and takes the time from\n" +
		"its start until /healthz and the first page answer 200. Settings of this shell do not reach it; --env does.",
	bind: bindCold,
}

type coldOptions struct {
	binary   string
	env      []string
	runs     int
	patience float64
}

func bindCold(flags *pflag.FlagSet) runner {
	var o coldOptions
	flags.StringVar(&o.binary, "binary", "", "`FILE` to start")
	flags.IntVar(&o.runs, "runs", 5, "`NUMBER` of starts")
	flags.Float64Var(&o.patience, "patience", 30, "`SECONDS` after which a start has failed")
	flags.Func("env", "`NAME=VALUE` given to the server; may be repeated", func(pair string) error {
		if name, _, ok := strings.Cut(pair, "="); !ok || name == "" {
			return errors.New("it is not NAME=VALUE")
		}
		o.env = append(o.env, pair)
		return nil
	})
	return func(ctx context.Context) (report, error) { return o.run(ctx) }
}

// A timeRange summarizes a few runs, in milliseconds.
type timeRange struct {
	Min    float64 `json:"min_ms"`
	Median float64 `json:"median_ms"`
	Max    float64 `json:"max_ms"`
}

func rangeOf(runs []time.Duration) timeRange {
	slices.Sort(runs)
	return timeRange{milliseconds(runs[0]), milliseconds(percentile(runs, 50)), milliseconds(runs[len(runs)-1])}
}

func (s timeRange) String() string {
	return fmt.Sprintf("min %.1f, median %.1f, max %.1f ms", s.Min, s.Median, s.Max)
}

type coldReport struct {
	Runs   int       `json:"runs"`
	Health timeRange `json:"healthz"`
	Page   timeRange `json:"page"`
}

func (r *coldReport) rows() [][2]string {
	return [][2]string{
		{"starts", fmt.Sprint(r.Runs)},
		{"to /healthz", r.Health.String()},
		{"to the page", r.Page.String()},
	}
}

func (o *coldOptions) run(ctx context.Context) (report, error) {
	if o.binary == "" || o.runs < 1 || o.patience <= 0 {
		return nil, errors.New("needs the program with --binary FILE, and --runs and --patience above 0")
	}
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return nil, err
	}
	var health, page []time.Duration
	for range o.runs {
		toHealth, toPage, err := o.start(ctx, binary)
		if err != nil {
			return nil, err
		}
		health, page = append(health, toHealth), append(page, toPage)
	}
	return &coldReport{Runs: o.runs, Health: rangeOf(health), Page: rangeOf(page)}, nil
}

// command is the server in a fresh folder, with no settings but its own.
func (o *coldOptions) command(ctx context.Context, binary, folder, address string) *exec.Cmd {
	server := exec.CommandContext(ctx, binary)
	server.Dir = folder
	server.Env = append(withoutSettings(os.Environ()),
		append([]string{"DCHAT_ADDR=" + address, "DCHAT_DATA_DIR=" + filepath.Join(folder, "data")}, o.env...)...)
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	server.WaitDelay = 5 * time.Second
	return server
}

// start lets the server live once.
func (o *coldOptions) start(ctx context.Context, binary string) (toHealth, toPage time.Duration, err error) {
	folder, err := os.MkdirTemp("", "dchat-cold-")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	address, err := freeAddress()
	if err != nil {
		return 0, 0, err
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return 0, 0, err
	}
	defer log.Close()
	living, kill := context.WithTimeout(ctx, seconds(o.patience))
	defer kill()
	server := o.command(living, binary, folder, address)
	server.Stdout, server.Stderr = log, log
	begun := time.Now()
	if err := server.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan struct{})
	go func() {
		_ = server.Wait()
		kill() // ends the request that still waits
		close(ended)
	}()
	defer func() { kill(); <-ended }()
	toHealth, err = untilOK(living, begun, "http://"+address+"/healthz")
	if err == nil {
		toPage, err = untilOK(living, begun, "http://"+address+"/")
	}
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w; its last log line: %s", err, lastLine(log))
	}
	return toHealth, toPage, err
}

// untilOK asks every millisecond and returns the time from begun to the first 200.
func untilOK(ctx context.Context, begun time.Time, address string) (time.Duration, error) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	last := "no answer"
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return 0, err
		}
		if answer, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return time.Since(begun), nil
			}
			last = answer.Status
		}
		if !pause(ctx, time.Millisecond) {
			return 0, fmt.Errorf("the server did not answer 200 to %s (%s)", req.URL.Path, last)
		}
	}
}

// withoutSettings drops the settings that could lead the server to real data.
func withoutSettings(environment []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		name = strings.TrimSuffix(name, "_FILE")
		return strings.HasPrefix(name, "DCHAT_") ||
			slices.Contains([]string{"DATABASE_URL", "REDIS_URL", "SMTP_URL", "MIGRATE_URL"}, name)
	})
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func lastLine(log *os.File) string {
	text, err := os.ReadFile(log.Name())
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if err != nil || lines[len(lines)-1] == "" {
		return "none"
	}
	return lines[len(lines)-1]
}
