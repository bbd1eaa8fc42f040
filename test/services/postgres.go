package services

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// The servers of the test binary by settings.
var (
	clustersMu sync.Mutex
	clusters   = map[string]*cluster{}
)

// Postgres creates an empty database for one test and returns its URL. Tests of a binary share the server if
// they use the same settings ("name=value", in addition to the fast defaults). With "fsync=on" it writes to
// disk as in production; without it only a crash of the machine could lose data.
func Postgres(tb testing.TB, settings ...string) string {
	tb.Helper()
	return shared(tb, settings).database(tb, "")
}

// shared returns the server with these settings.
func shared(tb testing.TB, settings []string) *cluster {
	tb.Helper()
	bin := postgresBin()
	if bin == "" {
		missing(tb, "PostgreSQL", "initdb and postgres in PATH and /usr/lib/postgresql/*/bin")
	}
	c, err := clusterWith(bin, settings)
	if err != nil {
		tb.Fatalf("PostgreSQL: %v", err)
	}
	return c
}

// clusterWith starts a server once. It also keeps a failure, so that each test does not repeat it.
func clusterWith(bin string, settings []string) (*cluster, error) {
	clustersMu.Lock()
	defer clustersMu.Unlock()
	key := strings.Join(settings, "\n")
	c := clusters[key]
	if c == nil {
		c = &cluster{bin: bin, settings: settings, password: rand.Text()}
		clusters[key] = c
		c.err = c.create()
	}
	return c, c.err
}

func (c *cluster) url(database string) string {
	return fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/%s?sslmode=disable", c.password, c.port, database)
}

func (c *cluster) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

// ping uses the password, so that another server on the same port fails.
func (c *cluster) ping() error { return pings(c.url("postgres")) }
