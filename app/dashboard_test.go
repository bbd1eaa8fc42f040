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

// The dashboard and the alerts ask for what there is, with labels that there are.
func TestDashboardAndAlertMetrics(t *testing.T) {
	text := busyNode(t) + schedule(t)
	known := map[string]bool{"up": true} // Prometheus' own
	for _, line := range regexp.MustCompile(`(?m)^([a-z_]+)[{ ]`).FindAllStringSubmatch(text, -1) {
		known[line[1]] = true
	}
	asked := append(dashboard(t), alerts(t)...)
	selector := regexp.MustCompile(`\b((?:dchat|go|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?`)
	seen := map[string]bool{}
	for _, query := range asked {
		found := selector.FindAllStringSubmatch(query, -1)
		require.NotEmpty(t, found, query)
		for _, f := range found {
			require.True(t, known[f[1]], "%s asks for %s", query, f[1])
			seen[f[1]] = true
			for _, label := range regexp.MustCompile(`(\w+)=`).FindAllStringSubmatch(f[2], -1) {
				if label[1] != "job" && label[1] != "instance" { // Prometheus' own
					require.Regexp(t, `(?m)^`+f[1]+`\{[^}]*\b`+label[1]+`="`, text, query)
				}
			}
		}
	}
	for name := range known {
		if ours := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum"); strings.HasPrefix(name, "dchat_") && ours != "dchat_build_info" {
			require.True(t, seen[ours] || seen[ours+"_bucket"] || seen[ours+"_count"] || seen[ours+"_sum"], "no panel shows %s", name)
		}
	}
}

// busyNode is what a node shows to which something of everything has happened.
func busyNode(t *testing.T) (text string) {
	t.Helper()
	private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	n := harness.Postgres(t).Start(t, func(c *config.Config) {
		c.MetricsAddr, c.RateLimits, c.EmailVerification = private, "on", "off"
		c.SMTPURL = fmt.Sprintf("smtp://127.0.0.1:%d?tls=off", services.FreePort(t)) // where nothing listens
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
		_, text = look(t, private, "/metrics")
		return strings.Contains(text, "dchat_job_failures_total{")
	}, patience, 100*time.Millisecond)
	require.Positive(t, sample(t, text, "dchat_limit_refusals_total"))
	return text
}

// schedule is what a schedule of backups shows, which is ready while its newest archive is young enough.
func schedule(t *testing.T) string {
	t.Helper()
	private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	var overdue atomic.Bool
	made := time.Unix(1_700_000_000, 0)
	stop := app.WatchBackups(config.Config{MetricsAddr: private}, slog.New(slog.DiscardHandler), func() time.Time { return made }, overdue.Load)
	t.Cleanup(stop)
	status, _ := look(t, private, "/readyz")
	require.Equal(t, http.StatusOK, status)
	overdue.Store(true)
	status, _ = look(t, private, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	status, _ = look(t, private, "/healthz")
	require.Equal(t, http.StatusOK, status, "its process lives")
	_, text := look(t, private, "/metrics")
	require.EqualValues(t, made.Unix(), sample(t, text, "dchat_backup_timestamp_seconds"))
	return text
}

// dashboard returns what the panels ask for, once it is clear that Grafana can show them.
func dashboard(t *testing.T) (queries []string) {
	t.Helper()
	file, err := os.ReadFile("../infra/grafana/dashboard.json")
	require.NoError(t, err)
	var board struct {
		Title, UID    string
		SchemaVersion int
		Panels        []struct {
			ID          int
			Title, Type string
			Datasource  struct{ Type, UID string }
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct{ Expr, RefID, LegendFormat string }
		}
	}
	require.NoError(t, json.Unmarshal(file, &board))
	require.NotEmpty(t, board.Title)
	require.NotEmpty(t, board.UID)
	require.NotZero(t, board.SchemaVersion)
	ids, cells := map[int]bool{}, map[[2]int]string{}
	for _, p := range board.Panels {
		require.False(t, ids[p.ID], "panel %d is there twice", p.ID)
		ids[p.ID] = true
		require.NotEmpty(t, p.Title)
		require.Equal(t, "prometheus", p.Datasource.Type, p.Title)
		require.Equal(t, "${source}", p.Datasource.UID, p.Title)
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				require.Empty(t, cells[[2]int{x, y}], "%s lies over it", p.Title)
				cells[[2]int{x, y}] = p.Title
			}
		}
		refs := map[string]bool{}
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			require.False(t, refs[target.RefID], "%s: two queries are %q", p.Title, target.RefID)
			refs[target.RefID] = true
			queries = append(queries, target.Expr)
		}
	}
	return queries
}

// alerts returns what the alerts ask for, once it is clear that each says what to do.
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
