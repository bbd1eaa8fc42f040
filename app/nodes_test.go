package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"dchat/app/config"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// Nodes work together through a pooler in transaction mode.
func TestTwoNodesThroughPgBouncer(t *testing.T) {
	direct := services.Postgres(t)
	b := harness.On(t, services.PgBouncer(t, direct))
	pooled := func(c *config.Config) { c.MigrateURL, c.EmailVerification = direct, "off" }
	one, two := b.Start(t, pooled), b.Start(t, pooled)
	chat(t, one, two)
	one.Email(t, "anna@example.org", "confirm") // sent by a job

	one.Restart()
	one.SignIn(t, "anna")
}

func TestTwoNodesOnARedisCluster(t *testing.T) {
	b, cluster := harness.EmptyPostgres(t), services.NewRedisCluster(t, true)
	clustered := func(c *config.Config) { c.RedisURL, c.RateLimits = cluster.URL, "on" }
	one, two := b.Start(t, clustered), b.Start(t, clustered)
	anna, bert := chat(t, one, two)

	page := bert.On(two).Socket(t, "")
	for i, master := range cluster.Masters { // one of them has the bucket of these people
		master.Stop()
		for n := range 6 {
			text := fmt.Sprintf("without %d: %d", i, n)
			require.Equal(t, http.StatusOK, send(anna, "bert", text).Status)
			page.AwaitText(t, text)
		}
		master.Start()
	}
}

// chat connects two people on two nodes and sends messages between them.
func chat(t *testing.T, one, two *harness.Node) (anna, bert *harness.Person) {
	t.Helper()
	anna, bert = one.SignUp(t, "anna"), two.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	annas, berts := anna.Socket(t, ""), bert.Socket(t, "")
	for i := range 20 {
		require.Equal(t, http.StatusOK, send(anna, "bert", fmt.Sprint("to bert ", i)).Status)
		require.Equal(t, http.StatusOK, send(bert, "anna", fmt.Sprint("to anna ", i)).Status)
	}
	berts.AwaitText(t, "to bert 19")
	annas.AwaitText(t, "to anna 19")
	return anna, bert
}

func send(from *harness.Person, to, text string) *harness.Answer {
	return from.Post("/chats/"+to+"/messages", url.Values{"body": {text}}, true)
}

// During an upgrade the previous release runs, and can start, on the schema of the next one, which has only
// added columns and tables.
func TestPreviousReleaseRunsOnNewerSchema(t *testing.T) {
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		n := b.Start(t)
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		expand(t, b)
		harness.Connect(t, anna, bert)
		page := bert.Socket(t, "")
		require.Equal(t, http.StatusOK, send(anna, "bert", "still here").Status)
		page.AwaitText(t, "still here")

		n.Restart()
		anna = n.SignIn(t, "anna")
		page = bert.Socket(t, "")
		require.Equal(t, http.StatusOK, send(anna, "bert", "started again").Status)
		page.AwaitText(t, "started again")
		require.Contains(t, anna.Get("/chats/bert", false).Body, "still here")
		n.SignUp(t, "carl")
		require.Equal(t, http.StatusSeeOther, anna.Post("/profile", url.Values{"display_name": {"Ännchen"}}, false).Status)
	})
}

// expand changes every table as a migration of the next release may.
func expand(t *testing.T, b *harness.Backend) {
	t.Helper()
	exec := func(query string) {
		_, err := b.Open(t).Writer().ExecContext(t.Context(), query)
		require.NoError(t, err, query)
	}
	list := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'message_fts%'" // an index that migrations make anew
	if b.Name == "postgres" {
		list = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	var tables []string
	require.NoError(t, b.Open(t).Read().NewRaw(list).Scan(t.Context(), &tables))
	require.Greater(t, len(tables), 5)
	for _, table := range tables {
		exec("ALTER TABLE " + table + " ADD COLUMN next_release text")
		exec("ALTER TABLE " + table + " ADD COLUMN next_count bigint NOT NULL DEFAULT 7")
	}
	exec("CREATE TABLE next_table (id bigint PRIMARY KEY)")
	exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
	exec("INSERT INTO river_migration (line, version) VALUES ('main', 99)")
}
