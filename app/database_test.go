package app

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/db"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// sharedConfig is the configuration of a node that shares its database with others.
func sharedConfig(t *testing.T, dsn, redis string, more map[string]string) config.Config {
	all := map[string]string{"DATABASE_URL": dsn, "REDIS_URL": redis, "DCHAT_SECRET": strings.Repeat("s", 32)}
	for name, value := range more {
		all[name] = value
	}
	return settings(t, all)
}

func TestNodesNeedRedis(t *testing.T) {
	dsn, redis := services.Postgres(t), services.Redis(t).URL
	alone := func() config.Config { return settings(t, map[string]string{"DATABASE_URL": dsn}) }
	first, err := start(t, alone())
	require.NoError(t, err)
	_, err = start(t, alone())
	require.ErrorContains(t, err, "REDIS_URL")
	first.close()
	first.closers = nil

	_, err = start(t, sharedConfig(t, dsn, redis, nil))
	require.NoError(t, err)
	_, err = start(t, sharedConfig(t, dsn, redis, nil))
	require.NoError(t, err)
	_, err = start(t, alone())
	require.ErrorContains(t, err, "REDIS_URL", "a node without Redis cannot join others")
}

// The secret may change, but only on all nodes: they would reject each other's signatures.
func TestNodesShareOneSecret(t *testing.T) {
	dsn, redis := services.Postgres(t), services.Redis(t).URL
	other := map[string]string{"DCHAT_SECRET": strings.Repeat("o", 32)}
	first, err := start(t, sharedConfig(t, dsn, redis, nil))
	require.NoError(t, err)
	second, err := start(t, sharedConfig(t, dsn, redis, nil))
	require.NoError(t, err)
	_, err = start(t, sharedConfig(t, dsn, redis, other))
	require.ErrorContains(t, err, "DCHAT_SECRET")

	for _, node := range []*App{first, second} {
		node.close()
		node.closers = nil
	}
	_, err = start(t, sharedConfig(t, dsn, redis, other))
	require.NoError(t, err)
}

// logChannel is a log handler that sends each message to a channel.
type logChannel chan string

func (w logChannel) Enabled(context.Context, slog.Level) bool { return true }
func (w logChannel) WithAttrs([]slog.Attr) slog.Handler       { return w }
func (w logChannel) WithGroup(string) slog.Handler            { return w }
func (w logChannel) Handle(_ context.Context, r slog.Record) error {
	w <- r.Message
	return nil
}

// startInBackground starts a node and returns its log and the result of the start.
func startInBackground(t *testing.T, config config.Config) (logChannel, chan error) {
	log, ended := make(logChannel, 100), make(chan error, 1)
	var starting sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	starting.Go(func() {
		node, err := New(ctx, config, slog.New(log))
		if err == nil {
			node.close()
		}
		ended <- err
	})
	t.Cleanup(func() { stop(); starting.Wait() })
	return log, ended
}

const soon = 20 * time.Second

func receive[T any](t *testing.T, from <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(soon):
		require.FailNow(t, "timed out")
	}
	return got
}

func TestOldSQLiteSchemaIsRefused(t *testing.T) {
	_, err := start(t, settings(t, map[string]string{"DCHAT_MIGRATE": "off"}))
	require.ErrorContains(t, err, "dchat migrate")
}

func TestStartWaitsForSchema(t *testing.T) {
	dsn := services.Postgres(t)
	config := settings(t, map[string]string{"DATABASE_URL": dsn, "DCHAT_MIGRATE": "off"})
	log, ended := startInBackground(t, config)
	require.Contains(t, receive(t, log), "waiting for a migration")
	require.NoError(t, Migrate(t.Context(), config, slog.New(slog.DiscardHandler)))
	require.NoError(t, receive(t, ended))
	require.Empty(t, log, "it is logged once")
}

func TestStartStopsWaitingForSchema(t *testing.T) {
	before := schemaWithin
	schemaWithin = 10 * time.Millisecond
	defer func() { schemaWithin = before }()
	_, err := start(t, settings(t, map[string]string{"DATABASE_URL": services.Postgres(t), "DCHAT_MIGRATE": "off"}))
	require.ErrorContains(t, err, "dchat migrate")
}

func TestStartWaitsForPostgres(t *testing.T) {
	server := services.OwnPostgres(t)
	server.Stop()
	log, ended := startInBackground(t, settings(t, map[string]string{"DATABASE_URL": server.URL}))
	require.Contains(t, receive(t, log), "does not answer yet")
	server.Start()
	require.NoError(t, receive(t, ended))
	require.Empty(t, log, "it is logged once")
}

// The server is a standby that is promoted later.
func TestStartWaitsForWritablePostgres(t *testing.T) {
	dsn := services.Postgres(t)
	config := sharedConfig(t, dsn, services.Redis(t).URL, nil)
	require.NoError(t, Migrate(t.Context(), config, slog.New(slog.DiscardHandler)))
	set := func(value string) {
		d, err := db.OpenReading(t.Context(), dsn)
		require.NoError(t, err)
		defer d.Close()
		_, err = d.Writer().ExecContext(t.Context(), "BEGIN; SET TRANSACTION READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = "+value+"', current_database()); END $$; COMMIT")
		require.NoError(t, err)
	}
	set("on")
	log, ended := startInBackground(t, config)
	require.Contains(t, receive(t, log), "the database cannot write yet: waiting")
	set("off")
	require.NoError(t, receive(t, ended))
	require.Empty(t, log, "it is logged once")

	set("on")
	before := postgresWithin
	postgresWithin = 10 * time.Millisecond
	defer func() { postgresWithin = before }()
	_, err := start(t, config)
	require.ErrorContains(t, err, "DATABASE_URL: the database can only be read")
}

func TestWrongDatabaseURLFailsAtOnce(t *testing.T) {
	right, err := url.Parse(services.Postgres(t))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*url.URL)
		want   string
	}{
		"password": {func(u *url.URL) { u.User = url.UserPassword("postgres", "wrong-one") }, "refuses the user or the password"},
		"user":     {func(u *url.URL) { u.User = url.UserPassword("nobody", "wrong-one") }, "refuses the user or the password"},
		"database": {func(u *url.URL) { u.Path = "/nowhere" }, `has no such database: database "nowhere" does not exist`},
		"port":     {func(u *url.URL) { u.Host = "127.0.0.1:port" }, "cannot be read"},
		"TLS":      {func(u *url.URL) { u.RawQuery = "sslmode=require" }, "server refused TLS connection"},
	} {
		wrong := *right
		c.change(&wrong)
		_, ended := startInBackground(t, settings(t, map[string]string{"DATABASE_URL": wrong.String()}))
		err := receive(t, ended)
		require.ErrorContains(t, err, "DATABASE_URL", name)
		require.ErrorContains(t, err, c.want, name)
		require.NotContains(t, err.Error(), "wrong-one", name)
		require.NotContains(t, err.Error(), "\n", name)
	}
}

func TestPoolerNeedsDirectConnection(t *testing.T) {
	direct := services.Postgres(t)
	through := services.PgBouncer(t, direct)
	_, err := start(t, settings(t, map[string]string{"DATABASE_URL": through}))
	require.ErrorContains(t, err, "MIGRATE_URL")
	_, err = start(t, settings(t, map[string]string{"DATABASE_URL": direct}))
	require.NoError(t, err, "the refused start holds no lock")
}

func TestDatabaseOfIncompatibleReleaseIsRefused(t *testing.T) {
	dsn := services.Postgres(t)
	config := settings(t, map[string]string{"DATABASE_URL": dsn})
	require.NoError(t, Migrate(t.Context(), config, slog.New(slog.DiscardHandler)))
	database, err := db.Open(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = database.Close() })
	_, err = database.Writer().ExecContext(t.Context(), "INSERT INTO meta VALUES ('oldest_schema', '99')")
	require.NoError(t, err)
	_, err = start(t, config)
	require.ErrorIs(t, err, db.ErrOutgrown)
}
