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

// The test binary's servers, by their settings.
var (
	clustersMu sync.Mutex
	clusters   = map[string]*cluster{}
)

// Postgres makes an empty database for one test and returns its URL. The server is shared by the tests of a
// binary that ask for the same settings ("name=value", on top of the fast ones): with "fsync=on" it
// writes as a real one does; otherwise it only forgets what a crash of the machine would lose.
func Postgres(tb testing.TB, settings ...string) string {
	tb.Helper()
	bin := postgresBin()
	if bin == "" {
		missing(tb, "PostgreSQL", "initdb and postgres in PATH and /usr/lib/postgresql/*/bin")
	}
	c, err := clusterWith(bin, settings)
	if err != nil {
		tb.Fatalf("PostgreSQL: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := c.exec("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("PostgreSQL: %v", err)
	}
	tb.Cleanup(func() {
		if err := c.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			tb.Errorf("PostgreSQL: %v", err)
		}
	})
	return c.url(name)
}

// clusterWith starts a server once. A failure is remembered too: every test would only repeat it, slowly.
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

// ping tells our server, by its password, from another one that took the port in the meantime.
func (c *cluster) ping() error { return pings(c.url("postgres")) }
