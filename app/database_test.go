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

// shared is a node among others on a database.
func shared(t *testing.T, dsn, redis string, more map[string]string) config.Config {
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

	_, err = start(t, shared(t, dsn, redis, nil))
	require.NoError(t, err)
	_, err = start(t, shared(t, dsn, redis, nil))
	require.NoError(t, err)
	_, err = start(t, alone())
	require.ErrorContains(t, err, "REDIS_URL", "nor may one without a bus join others")
}

// A secret may change, but not on some of the nodes only: they would not believe each other's signatures.
func TestNodesShareOneSecret(t *testing.T) {
	dsn, redis := services.Postgres(t), services.Redis(t).URL
	other := map[string]string{"DCHAT_SECRET": strings.Repeat("o", 32)}
	first, err := start(t, shared(t, dsn, redis, nil))
	require.NoError(t, err)
	second, err := start(t, shared(t, dsn, redis, nil))
	require.NoError(t, err)
	_, err = start(t, shared(t, dsn, redis, other))
	require.ErrorContains(t, err, "DCHAT_SECRET")

	for _, node := range []*App{first, second} {
		node.close()
		node.closers = nil
	}
	_, err = start(t, shared(t, dsn, redis, other))
	require.NoError(t, err)
}

// watch is a log that tells what is said, one line after the other.
type watch chan string

func (w watch) Enabled(context.Context, slog.Level) bool { return true }
func (w watch) WithAttrs([]slog.Attr) slog.Handler       { return w }
func (w watch) WithGroup(string) slog.Handler            { return w }
func (w watch) Handle(_ context.Context, r slog.Record) error {
	w <- r.Message
	return nil
}

// begin starts a node whose start has to wait, and returns what it logs and how the start ends.
func begin(t *testing.T, config config.Config) (watch, chan error) {
	log, ended := make(watch, 100), make(chan error, 1)
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
		require.FailNow(t, "waited in vain")
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
	log, ended := begin(t, config)
	require.Contains(t, receive(t, log), "waiting for a migration")
	require.NoError(t, Migrate(t.Context(), config, slog.New(slog.DiscardHandler)))
	require.NoError(t, receive(t, ended))
	require.Empty(t, log, "it is said once")
}

func TestAWaitHasAnEnd(t *testing.T) {
	before := schemaWithin
	schemaWithin = 10 * time.Millisecond
	defer func() { schemaWithin = before }()
	_, err := start(t, settings(t, map[string]string{"DATABASE_URL": services.Postgres(t), "DCHAT_MIGRATE": "off"}))
	require.ErrorContains(t, err, "dchat migrate")
}

func TestStartWaitsForPostgres(t *testing.T) {
	server := services.OwnPostgres(t)
	server.Stop()
	log, ended := begin(t, settings(t, map[string]string{"DATABASE_URL": server.URL}))
	require.Contains(t, receive(t, log), "does not answer yet")
	server.Start()
	require.NoError(t, receive(t, ended))
	require.Empty(t, log, "it is said once")
}

// A standby, before it is made the primary.
func TestStartWaitsForWritablePostgres(t *testing.T) {
	dsn := services.Postgres(t)
	config := shared(t, dsn, services.Redis(t).URL, nil)
	require.NoError(t, Migrate(t.Context(), config, slog.New(slog.DiscardHandler)))
	set := func(value string) {
		d, err := db.OpenReading(t.Context(), dsn)
		require.NoError(t, err)
		defer d.Close()
		_, err = d.Writer().ExecContext(t.Context(), "BEGIN; SET TRANSACTION READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = "+value+"', current_database()); END $$; COMMIT")
		require.NoError(t, err)
	}
	set("on")
	log, ended := begin(t, config)
	require.Contains(t, receive(t, log), "the database cannot write yet: waiting")
	set("off")
	require.NoError(t, receive(t, ended))
	require.Empty(t, log, "it is said once")

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
		spoil func(*url.URL)
		say   string
	}{
		"password": {func(u *url.URL) { u.User = url.UserPassword("postgres", "wrong-one") }, "refuses the user or the password"},
		"user":     {func(u *url.URL) { u.User = url.UserPassword("nobody", "wrong-one") }, "refuses the user or the password"},
		"database": {func(u *url.URL) { u.Path = "/nowhere" }, `has no such database: database "nowhere" does not exist`},
		"port":     {func(u *url.URL) { u.Host = "127.0.0.1:port" }, "cannot be read"},
		"TLS":      {func(u *url.URL) { u.RawQuery = "sslmode=require" }, "server refused TLS connection"},
	} {
		wrong := *right
		c.spoil(&wrong)
		_, ended := begin(t, settings(t, map[string]string{"DATABASE_URL": wrong.String()}))
		err := receive(t, ended)
		require.ErrorContains(t, err, "DATABASE_URL", name)
		require.ErrorContains(t, err, c.say, name)
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
	require.NoError(t, err, "the refusal has left nothing behind")
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
