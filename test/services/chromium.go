package services

import "testing"

// Chromium is the path of the browser.
func Chromium(tb testing.TB) string {
	tb.Helper()
	path := find("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
	if path == "" {
		missing(tb, "Chromium", "chromium, chromium-browser and google-chrome in PATH")
	}
	return path
}
