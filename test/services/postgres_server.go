package services

import (
	"crypto/rand"
	"syscall"
	"testing"
)

// PostgresServer is a PostgreSQL of one test's own, which may be stopped and started again.
type PostgresServer struct {
	URL string // of an empty database, the same over every Stop and Start

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

// Stop ends the server at once, as a crash does. Stopping a stopped server does nothing.
func (s *PostgresServer) Stop() { s.c.stop() }

// Start brings a stopped server back with its data, on the same port.
func (s *PostgresServer) Start() {
	s.tb.Helper()
	if err := s.c.start(); err != nil {
		s.tb.Fatalf("PostgreSQL: %v", err)
	}
}

// stop uses SIGQUIT, PostgreSQL's own "at once": unlike SIGKILL it leaves no shared memory behind.
func (c *cluster) stop() {
	if c.running != nil {
		c.running.stop(syscall.SIGQUIT)
		c.running = nil
	}
}
