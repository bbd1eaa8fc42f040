package app_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dchat/app"
	"dchat/app/config"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The dashboard and the alerts use existing metrics and labels.
func TestDashboardAndAlertMetrics(t *testing.T) {
	text := busyNode(t) + schedule(t)
	known := map[string]bool{"up": true} // of Prometheus itself
	for _, line := range regexp.MustCompile(`(?m)^([a-z_]+)[{ ]`).FindAllStringSubmatch(text, -1) {
		known[line[1]] = true
	}
	queries := append(dashboard(t), alerts(t)...)
	selector := regexp.MustCompile(`\b((?:dchat|go|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?`)
	seen := map[string]bool{}
	for _, query := range queries {
		found := selector.FindAllStringSubmatch(query, -1)
		require.NotEmpty(t, found, query)
		for _, f := range found {
			require.True(t, known[f[1]], "%s uses the unknown metric %s", query, f[1])
			seen[f[1]] = true
			for _, label := range regexp.MustCompile(`(\w+)=`).FindAllStringSubmatch(f[2], -1) {
				if label[1] != "job" && label[1] != "instance" { // set by Prometheus
					require.Regexp(t, `(?m)^`+f[1]+`\{[^}]*\b`+label[1]+`="`, text, query)
				}
			}
		}
	}
	for name := range known {
		if metric := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum"); strings.HasPrefix(name, "dchat_") && metric != "dchat_build_info" {
			require.True(t, seen[metric] || seen[metric+"_bucket"] || seen[metric+"_count"] || seen[metric+"_sum"], "no panel shows %s", name)
		}
	}
}

// busyNode returns the metrics of a node on which an event of every kind has happened.
func busyNode(t *testing.T) (text string) {
	t.Helper()
	private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	n := harness.EmptyPostgres(t).Start(t, func(c *config.Config) {
		c.MetricsAddr, c.RateLimits, c.EmailVerification = private, "on", "off"
		c.SMTPURL = fmt.Sprintf("smtp://127.0.0.1:%d?tls=off", services.FreePort(t)) // no server listens there
	})
	anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	socket := bert.Socket(t, "")
	anna.Post("/chats/bert/messages", url.Values{"body": {"hello"}}, true)
	socket.AwaitText(t, "hello")
	status := 0
	for range 10 {
		status = n.Stranger().Post("/password/forgot", url.Values{"email": {"carl@example.org"}}, true).Status
	}
	require.Equal(t, http.StatusTooManyRequests, status)
	require.Eventually(t, func() bool {
		_, text = getPrivate(t, private, "/metrics")
		return strings.Contains(text, "dchat_job_failures_total{")
	}, patience, 100*time.Millisecond)
	require.Positive(t, metricValue(t, text, "dchat_limit_refusals_total"))
	return text
}

// schedule returns the metrics of scheduled backups, which are ready while the newest archive is recent.
func schedule(t *testing.T) string {
	t.Helper()
	private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	var overdue atomic.Bool
	made := time.Unix(1_700_000_000, 0)
	stop := app.WatchBackups(config.Config{MetricsAddr: private}, slog.New(slog.DiscardHandler), func() time.Time { return made }, overdue.Load)
	t.Cleanup(stop)
	status, _ := getPrivate(t, private, "/readyz")
	require.Equal(t, http.StatusOK, status)
	overdue.Store(true)
	status, _ = getPrivate(t, private, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	status, _ = getPrivate(t, private, "/healthz")
	require.Equal(t, http.StatusOK, status, "the process is alive")
	_, text := getPrivate(t, private, "/metrics")
	require.EqualValues(t, made.Unix(), metricValue(t, text, "dchat_backup_timestamp_seconds"))
	return text
}

type panel struct {
	ID          int
	Title, Type string
	Datasource  struct{ Type, UID string }
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct{ Expr, RefID, LegendFormat string }
}

// dashboard returns the queries of the panels and checks that Grafana can show them.
func dashboard(t *testing.T) (queries []string) {
	t.Helper()
	file, err := os.ReadFile("../infra/grafana/dashboard.json")
	require.NoError(t, err)
	var board struct {
		Title, UID    string
		SchemaVersion int
		Panels        []panel
	}
	require.NoError(t, json.Unmarshal(file, &board))
	require.NotEmpty(t, board.Title)
	require.NotEmpty(t, board.UID)
	require.NotZero(t, board.SchemaVersion)
	ids, cells := map[int]bool{}, map[[2]int]string{}
	for _, p := range board.Panels {
		require.False(t, ids[p.ID], "panel id %d is used twice", p.ID)
		ids[p.ID] = true
		require.NotEmpty(t, p.Title)
		require.Equal(t, "prometheus", p.Datasource.Type, p.Title)
		require.Equal(t, "${source}", p.Datasource.UID, p.Title)
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				require.Empty(t, cells[[2]int{x, y}], "it overlaps %s", p.Title)
				cells[[2]int{x, y}] = p.Title
			}
		}
		refs := map[string]bool{}
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			require.False(t, refs[target.RefID], "%s: two queries are named %q", p.Title, target.RefID)
			refs[target.RefID] = true
			queries = append(queries, target.Expr)
		}
	}
	return queries
}

// alerts returns the queries of the alerts and checks that each has a description.
func alerts(t *testing.T) (queries []string) {
	t.Helper()
	file, err := os.ReadFile("../infra/prometheus/alerts.yml")
	require.NoError(t, err)
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(file, &rules))
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			require.NotEmpty(t, rule.Alert)
			require.Contains(t, []string{"warning", "critical"}, rule.Labels["severity"], rule.Alert)
			require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
			require.NotEmpty(t, rule.Annotations["description"], rule.Alert)
			_, err := time.ParseDuration(rule.For)
			require.NoError(t, err, rule.Alert)
			queries = append(queries, rule.Expr)
		}
	}
	require.NotEmpty(t, queries)
	return queries
}
