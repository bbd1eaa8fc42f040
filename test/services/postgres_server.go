package services

import (
	"crypto/rand"
	"syscall"
	"testing"
)

// PostgresServer is a PostgreSQL for one test, which can stop and start it.
type PostgresServer struct {
	URL string // of an empty database; unchanged by Stop and Start

	tb testing.TB
	c  *cluster
}

// OwnPostgres starts a server that the end of the test stops.
func OwnPostgres(tb testing.TB) *PostgresServer {
	tb.Helper()
	bin := postgresBin()
	if bin == "" {
		missing(tb, "PostgreSQL", "initdb and postgres in PATH and /usr/lib/postgresql/*/bin")
	}
	c := &cluster{bin: bin, password: rand.Text()}
	if err := c.create(); err != nil {
		tb.Fatalf("PostgreSQL: %v", err)
	}
	tb.Cleanup(c.stop)
	return &PostgresServer{URL: c.url("postgres"), tb: tb, c: c}
}

// Stop ends the server immediately, as a crash does. Stopping a stopped server does nothing.
func (s *PostgresServer) Stop() { s.c.stop() }

// Start restarts a stopped server with its data, on the same port.
func (s *PostgresServer) Start() {
	s.tb.Helper()
	if err := s.c.start(); err != nil {
		s.tb.Fatalf("PostgreSQL: %v", err)
	}
}

// stop uses SIGQUIT, PostgreSQL's immediate shutdown: unlike SIGKILL it leaves no shared memory behind.
func (c *cluster) stop() {
	if c.running != nil {
		c.running.stop(syscall.SIGQUIT)
		c.running = nil
	}
}
