// Package testkit finds and starts the real servers that tests talk to. Only _test files import it.
//
// A part that is not installed skips the test; with CI=true or DCHAT_TEST_ALL=1 it fails it instead,
// so that a full run cannot pass by leaving something out.
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

// Wrap is for a TestMain with another wish of its own: goleak.VerifyTestMain(services.Wrap(m)).
func Wrap(m *testing.M) Runner {
	picture.DecodeIfAsked()
	return Runner{m}
}

// Run runs the tests, then stops every server.
func (r Runner) Run() int {
	defer stopAll()
	return r.m.Run()
}

// stops are what stopAll calls, newest first.
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

// everything reports whether a missing part fails the test instead of skipping it.
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
