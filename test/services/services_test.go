package services

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(Wrap(m)) }

func TestPostgresGivesEachTestItsOwnDatabase(t *testing.T) {
	ctx := t.Context()
	first, second := Postgres(t), Postgres(t)
	require.NotEqual(t, first, second)

	a, err := pgx.Connect(ctx, first)
	require.NoError(t, err)
	defer a.Close(context.Background())
	_, err = a.Exec(ctx, "CREATE TABLE only_here (id int)")
	require.NoError(t, err)

	b, err := pgx.Connect(ctx, second)
	require.NoError(t, err)
	defer b.Close(context.Background())
	_, err = b.Exec(ctx, "SELECT id FROM only_here")
	require.ErrorContains(t, err, "does not exist")
}

func TestPostgresTakesSettings(t *testing.T) {
	for want, settings := range map[string][]string{"off": nil, "on": {"fsync=on"}} {
		conn, err := pgx.Connect(t.Context(), Postgres(t, settings...))
		require.NoError(t, err)
		var fsync string
		require.NoError(t, conn.QueryRow(t.Context(), "SHOW fsync").Scan(&fsync))
		require.Equal(t, want, fsync)
		require.NoError(t, conn.Close(t.Context()))
	}
}

func TestPostgresDropsTheDatabaseOfAnEndedTest(t *testing.T) {
	var url string
	t.Run("one test", func(t *testing.T) { url = Postgres(t) })
	_, err := pgx.Connect(t.Context(), url)
	require.ErrorContains(t, err, "does not exist")
}

func TestOwnPostgresKeepsDataOverRestart(t *testing.T) {
	server := OwnPostgres(t)
	run := func(sql string) error {
		conn, err := pgx.Connect(t.Context(), server.URL)
		if err != nil {
			return err
		}
		defer conn.Close(t.Context())
		_, err = conn.Exec(t.Context(), sql)
		return err
	}
	require.NoError(t, run("CREATE TABLE kept (id int)"))

	server.Stop()
	server.Stop()
	require.Error(t, run("SELECT id FROM kept"))

	server.Start()
	server.Start()
	require.NoError(t, run("SELECT id FROM kept"))
}

func TestRedisRestartsEmptyOnSamePort(t *testing.T) {
	server := Redis(t)
	url := server.URL
	require.NoError(t, set(t, url))

	server.Stop()
	server.Stop()
	require.Error(t, set(t, url))

	server.Start()
	require.Equal(t, url, server.URL)
	require.NoError(t, set(t, url))
}

// set sets a key, and fails if it exists.
func set(t *testing.T, url string) error {
	option, err := rueidis.ParseURL(url)
	require.NoError(t, err)
	option.DisableRetry, option.ForceSingleClient = true, true
	client, err := rueidis.NewClient(option)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Do(t.Context(), client.B().Set().Key("key").Value("value").Nx().Build()).Error()
}

func TestChromiumIsExecutable(t *testing.T) {
	info, err := os.Stat(Chromium(t))
	require.NoError(t, err)
	require.NotZero(t, info.Mode().Perm()&0o111)
}

func TestMissingProgramSkipsOrFails(t *testing.T) {
	for _, c := range []struct {
		ci, all string
		fails   bool
	}{{"", "", false}, {"false", "0", false}, {"true", "", true}, {"", "1", true}} {
		t.Setenv("CI", c.ci)
		t.Setenv("DCHAT_TEST_ALL", c.all)
		seen := &outcome{TB: t}
		missing(seen, "Gopher", "gopherd in PATH")
		require.Equal(t, c.fails, seen.fatal, c)
		require.Equal(t, "Gopher is not installed: looked for gopherd in PATH", seen.text)
	}
}

// outcome records how a test would have ended.
type outcome struct {
	testing.TB
	fatal bool
	text  string
}

func (w *outcome) Fatalf(format string, args ...any) {
	w.fatal, w.text = true, fmt.Sprintf(format, args...)
}
func (w *outcome) Skipf(format string, args ...any) { w.text = fmt.Sprintf(format, args...) }

func TestFreePortIsNotEphemeral(t *testing.T) {
	for range 50 {
		port, err := freePort()
		require.NoError(t, err)
		require.Less(t, port, 32768)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, 20*time.Second, 10*time.Millisecond, what)
}
