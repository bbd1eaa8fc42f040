package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The test binary is also the program that `cold` starts.
func TestMain(m *testing.M) {
	switch os.Getenv("COLD_FAKE") {
	case "":
		os.Exit(m.Run())
	case "serve":
		ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, os.Getenv("DCHAT_DATA_DIR")) })
		fmt.Println(http.ListenAndServe(os.Getenv("DCHAT_ADDR"), ok))
	default:
		fmt.Println("starting\nDCHAT_ADDR makes no sense")
		os.Exit(1)
	}
}

func TestIdle(t *testing.T) {
	f := newFake(t, 10)
	f.refuse = []int{503, 429}
	args := []string{"idle", "--sockets", "25", "--hold", "0.2"}
	if runtime.GOOS == "linux" {
		args = append(args, "--pid", fmt.Sprint(os.Getpid()))
	}
	var r idleReport
	require.NoError(t, f.bench(t, &r, args...))
	require.Equal(t, 25, r.Open)
	require.EqualValues(t, 25, r.Frames)
	require.Equal(t, histogram{"503": 1, "429": 1}, r.Failures)
	require.Empty(t, r.Closed)
	if runtime.GOOS == "linux" {
		require.Positive(t, r.Memory[0].After)
	}
}

func TestSend(t *testing.T) {
	f := newFake(t, 4)
	var r sendReport
	require.NoError(t, f.bench(t, &r, "send", "--people", "4", "--seconds", "0.3", "--warmup", "0.1"))
	require.Positive(t, r.Acked)
	require.Equal(t, histogram{"200": r.Acked}, r.Answers)
	require.Equal(t, r.Acked, r.Post.Count)
	require.InDelta(t, float64(r.Acked)/0.3, r.PerSecond, 0.01)
	require.Greater(t, len(f.keys), r.Acked, "the warm-up is not counted")
}

func TestSendReportsRefusals(t *testing.T) {
	f := newFake(t, 2)
	f.answer = http.StatusTooManyRequests
	var r sendReport
	err := f.bench(t, &r, "send", "--people", "2", "--seconds", "0.2", "--warmup", "0")
	require.EqualError(t, err, "dchat bench send: the server acknowledged nothing")
	require.Positive(t, r.Answers["429"])
}

func TestLatency(t *testing.T) {
	f := newFake(t, 6)
	args := []string{"latency", "--people", "6", "--rate", "200", "--seconds", "0.4", "--warmup", "0.1", "--even", "--grace", "0.3"}
	var r latencyReport
	require.NoError(t, f.bench(t, &r, args...))
	require.Equal(t, []int{100, 100, 100, 0}, []int{r.Posted, r.Acked, r.Delivered, r.Lost})
	require.Equal(t, 80, r.Delivery.Count, "the warm-up is not timed")
	require.Equal(t, 6, r.Open)

	f.swallow = 3
	err := f.bench(t, &r, args...)
	require.EqualError(t, err, "dchat bench latency: 3 acknowledged messages never reached the partner's page")
	require.Equal(t, 3, r.Lost)
}

func TestPresence(t *testing.T) {
	f := newFake(t, 6)
	var r presenceReport
	require.NoError(t, f.bench(t, &r, "presence", "--people", "6", "--typing", "2", "--every", "0.1", "--seconds", "0.5", "--warmup", "0.1"))
	require.Positive(t, r.Signs)
	require.Positive(t, r.Shown.Count)
	require.LessOrEqual(t, r.Shown.Count, r.Signs)
	require.Positive(t, r.Frames)
	require.Equal(t, 6, r.Open)
	f.mu.Lock()
	said := slices.Clone(f.said)
	f.mu.Unlock()
	require.Contains(t, said, "ab.5.7.3.1", "each page has its conversation open")
	require.Contains(t, said, "visible")
}

func TestAcknowledgerSaysTheLast(t *testing.T) {
	a := &acknowledger{came: map[int]string{}}
	for _, frame := range []string{`<hx-partial data-ack="ack.">ab.5.7.3.1</hx-partial>`, "a frame without a cursor", `data-ack="ack.">ab.6.7.4.1<`} {
		a.heard(2, []byte(frame))
	}
	require.Equal(t, map[int]string{2: "ack.ab.6"}, a.came)
}

func TestReconnect(t *testing.T) {
	f := newFake(t, 8)
	var r reconnectReport
	require.NoError(t, f.bench(t, &r, "reconnect", "--sockets", "8", "--hold", "0.05"))
	require.Equal(t, 8, r.Back)
	require.GreaterOrEqual(t, r.AllBack, 0.2)
	require.Empty(t, r.Failures)
	require.Empty(t, r.Closed)
}

func TestReconnectStopsWhenForbidden(t *testing.T) {
	f := newFake(t, 2)
	f.refuse = []int{403}
	err := Run(t.Context(), []string{"reconnect", "--sockets", "1", "--url", f.URL, "--sessions", f.sessions}, &strings.Builder{})
	require.EqualError(t, err,
		"dchat bench reconnect: the server answered 403 to the socket of person00000: do the sessions and the Origin fit it?")
}

func TestPage(t *testing.T) {
	f := newFake(t, 2)
	var r pageReport
	require.NoError(t, f.bench(t, &r, "page"))
	var names []string
	for _, one := range r.Resources {
		names = append(names, one.URL)
	}
	require.Equal(t, []string{"/chats/person00001", "/static/icon.svg", "/static/a.css", "/static/app.js?v=1&w=2"}, names)
	require.Equal(t, r.Resources[0].Sent+30, r.Sent)
	require.Equal(t, resource{URL: "/static/a.css", Type: r.Resources[2].Type, Encoding: "br", Sent: 10, Plain: 100}, r.Resources[2])
}

func TestSearch(t *testing.T) {
	f := newFake(t, 2)
	var r searchReport
	require.NoError(t, f.bench(t, &r, "search", "--searches", "40"))
	require.Equal(t, 40, r.Took.Count)
	require.Len(t, f.queries, 40)
	without := 0
	for _, query := range f.queries {
		require.Regexp(t, "^(one|&|two) (one|&|two)$", query)
		if query == "one one" {
			without++
		}
	}
	require.Equal(t, 40-without, r.Found)
}

func TestCold(t *testing.T) {
	t.Setenv("DCHAT_ADDR", "somewhere else")
	var out strings.Builder
	require.NoError(t, Run(t.Context(), []string{"cold", "--binary", os.Args[0], "--runs", "2", "--env", "COLD_FAKE=serve"}, &out))
	require.Contains(t, out.String(), "to /healthz  min ")

	err := Run(t.Context(), []string{"cold", "--binary", os.Args[0], "--env", "COLD_FAKE=fail"}, &out)
	require.EqualError(t, err,
		"dchat bench cold: the server did not answer 200 to /healthz (no answer); its last log line: DCHAT_ADDR makes no sense")
}

func TestInvalidArguments(t *testing.T) {
	f := newFake(t, 3)
	broken := filepath.Join(t.TempDir(), "broken")
	require.NoError(t, os.WriteFile(broken, []byte("alice\tsid=1\nbob sid=2\n"), 0o600))
	for args, want := range map[string]string{
		"idle --url localhost":                   "--url has to be like http://127.0.0.1:8080",
		"idle":                                   "needs signed-in people",
		"idle --sessions /none":                  "cannot read --sessions",
		"idle --pid me --sessions " + f.sessions: `"me" is not a process id`,
		"idle --pid 999999999 --sessions " + f.sessions:      "cannot read process 999999999",
		"idle --sessions " + broken:                          "line 2 is not a username, a tab and a cookie as name=value",
		"send --people 3 --sessions " + f.sessions:           "--people has to be an even number",
		"send --people 4 --sessions " + f.sessions:           "needs 4 people, but " + f.sessions + " holds 3",
		"idle --sockets 5000000000 --sessions " + f.sessions: "needs 5000000064 open files",
		"search --searches 0 --sessions " + f.sessions:       "--searches has to be above 0",
		"cold":            "--binary",
		"cold --env true": "it is not NAME=VALUE",
	} {
		if runtime.GOOS != "linux" && (strings.Contains(args, "--pid 9") || strings.Contains(args, "--sockets")) {
			continue // limits and processes are Linux's
		}
		err := Run(t.Context(), strings.Fields(args), &strings.Builder{})
		require.ErrorContains(t, err, want, args)
		require.NotContains(t, err.Error(), "\n")
	}
}

// Run carries out a command line after `dchat bench`.
func Run(ctx context.Context, args []string, out io.Writer) error {
	c := Command()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	c.SetOut(out)
	c.SetErr(io.Discard)
	return c.ExecuteContext(ctx)
}

func TestPeopleAndSources(t *testing.T) {
	people, err := readPeople(strings.NewReader("a\t__Host-sid=x=y\r\n\nb\tsid=2"))
	require.NoError(t, err)
	require.Equal(t, []person{{"a", "__Host-sid=x=y"}, {"b", "sid=2"}}, people)
	_, err = readPeople(strings.NewReader("\n"))
	require.EqualError(t, err, "the file has no people")

	t1, err := (&where{url: "https://chat.example/"}).open(0)
	require.NoError(t, err)
	require.Equal(t, "chat.example:443", t1.address())
	require.Equal(t, "https://chat.example", t1.origin)
	require.Nil(t, t1.source(50_000))
	t2, err := (&where{url: "http://127.0.0.1:8080"}).open(0)
	require.NoError(t, err)
	require.Nil(t, t2.source(9_999))
	require.Equal(t, "127.0.0.3:0", t2.source(20_000).String())
}
