package testkit

import (
	"os/exec"
	"testing"
)

// Chromium is the path of the browser.
func Chromium(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(tb, "Chromium", "chromium, chromium-browser and google-chrome in PATH")
	return ""
}
