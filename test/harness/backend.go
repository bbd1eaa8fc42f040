// Package harness starts whole nodes of DChat and sends requests to them as a browser would. Only tests
// import it.
package harness

import (
	"fmt"
	"testing"

	"dchat/app/config"
	_ "dchat/test/cheap"
	"dchat/test/migrated"
	"dchat/test/services"

	"github.com/caarlos0/env/v11"
	"github.com/stretchr/testify/require"
)

// Backend is a database, with or without a Redis, that nodes share: on sqlite one node at a time, on
// postgres any number.
type Backend struct {
	Name string // sqlite or postgres

	dir      string // the data folder of all nodes
	database string
	redis    *services.RedisServer
}

// secret is the signing secret of all nodes.
const secret = "only the tests know this sentence, and it is long enough"

// Backends runs a test on SQLite, and on Postgres with Redis.
func Backends(t *testing.T, f func(t *testing.T, b *Backend)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// SQLite is the default configuration: only a data folder, with a database that is migrated.
func SQLite(t *testing.T) *Backend {
	t.Helper()
	b := EmptySQLite(t)
	migrated.SQLite(t, b.dir+"/dchat.db")
	return b
}

// Postgres is a Postgres database that is migrated and an empty Redis.
func Postgres(t *testing.T) *Backend { return On(t, migrated.Postgres(t)) }

// Empty is Backends for tests of how a node begins: the databases have no schema yet.
func Empty(t *testing.T, f func(t *testing.T, b *Backend)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, EmptySQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, EmptyPostgres(t)) })
}

// EmptySQLite is an empty data folder.
func EmptySQLite(t *testing.T) *Backend { return &Backend{Name: "sqlite", dir: t.TempDir()} }

// EmptyPostgres is an empty Postgres database and an empty Redis.
func EmptyPostgres(t *testing.T) *Backend { return On(t, services.Postgres(t)) }

// On is the Postgres database at a URL and an empty Redis.
func On(t *testing.T, database string) *Backend {
	return &Backend{Name: "postgres", dir: t.TempDir(), database: database, redis: services.Redis(t)}
}

// Redis is nil on sqlite.
func (b *Backend) Redis() *services.RedisServer { return b.redis }

// DataDir is the data folder of all nodes.
func (b *Backend) DataDir() string { return b.dir }

// DSN is the database's address for db.Open.
func (b *Backend) DSN() string {
	if b.database != "" {
		return b.database
	}
	return "sqlite:" + b.dir + "/dchat.db"
}

// Config is the configuration of a new node.
func (b *Backend) Config(t *testing.T) config.Config {
	t.Helper()
	var c config.Config
	require.NoError(t, env.ParseWithOptions(&c, env.Options{Environment: b.environment(t)}))
	return c
}

func (b *Backend) environment(t *testing.T) map[string]string {
	t.Helper()
	vars := map[string]string{
		"DCHAT_ADDR":        fmt.Sprintf("127.0.0.1:%d", services.FreePort(t)),
		"DCHAT_DATA_DIR":    b.dir,
		"DCHAT_SECRET":      secret,
		"DCHAT_RATE_LIMITS": "off",
	}
	if b.database != "" {
		vars["DATABASE_URL"], vars["REDIS_URL"] = b.database, b.redis.URL
	}
	return vars
}
