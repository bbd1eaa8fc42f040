// Package services finds and starts the real servers that tests use. Only tests import it.
//
// A test is skipped if a program it needs is not installed. With CI=true or DCHAT_TEST_ALL=1 it fails
// instead, so that a full run is complete.
package services

import (
	"os"
	"sync"
	"testing"

	"dchat/app/files/picture"
)

// Main runs a package's tests, stops every server they started and exits. Call it from TestMain.
func Main(m *testing.M) { os.Exit(Wrap(m).Run()) }

// Runner is a *testing.M that stops the servers when its tests are over.
type Runner struct{ m *testing.M }

// Wrap is for a TestMain that also checks something else: goleak.VerifyTestMain(services.Wrap(m)).
func Wrap(m *testing.M) Runner {
	picture.DecodeIfAsked()
	return Runner{m}
}

// Run runs the tests, then stops every server.
func (r Runner) Run() int {
	defer stopAll()
	return r.m.Run()
}

// stops are called by stopAll, newest first.
var (
	stopsMu sync.Mutex
	stops   []func()
)

func atStop(f func()) {
	stopsMu.Lock()
	defer stopsMu.Unlock()
	stops = append(stops, f)
}

func stopAll() {
	stopsMu.Lock()
	defer stopsMu.Unlock()
	for i := len(stops) - 1; i >= 0; i-- {
		stops[i]()
	}
	stops = nil
	stopKeeper()
}

// everything reports whether a missing program fails the test instead of skipping it.
func everything() bool {
	return os.Getenv("CI") == "true" || os.Getenv("DCHAT_TEST_ALL") == "1"
}

func missing(tb testing.TB, part, looked string) {
	tb.Helper()
	if everything() {
		tb.Fatalf("%s is not installed: looked for %s", part, looked)
	}
	tb.Skipf("%s is not installed: looked for %s", part, looked)
}
