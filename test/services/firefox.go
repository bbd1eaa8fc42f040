package services

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
)

var firefox struct {
	once sync.Once
	url  string
	err  error
}

// Firefox starts the browser once a package and returns the address of its WebDriver BiDi server
// (https://w3c.github.io/webdriver-bidi/).
func Firefox(tb testing.TB) string {
	tb.Helper()
	path := find("firefox-esr", "firefox")
	if path == "" {
		missing(tb, "Firefox", "firefox-esr and firefox in PATH")
	}
	firefox.once.Do(func() { firefox.url, firefox.err = startFirefox(path) })
	if firefox.err != nil {
		tb.Fatal(firefox.err)
	}
	return firefox.url
}

// preferences disable requests to the internet.
const preferences = `
user_pref("app.update.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.safebrowsing.downloads.remote.enabled", false);
user_pref("browser.search.update", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("geo.enabled", false);
user_pref("intl.locale.requested", "en-US");
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.dns.disablePrefetch", true);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("toolkit.telemetry.unified", false);
`

var listening = regexp.MustCompile(`WebDriver BiDi listening on (ws://[\d.:]+)`)

func startFirefox(path string) (string, error) {
	dir, err := os.MkdirTemp("", "dchat-firefox-")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "user.js"), []byte(preferences), 0o600); err != nil {
		return "", err
	}
	cmd := exec.Command(path, "--headless", "--no-remote", "--profile", dir, "--remote-debugging-port", "0", "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+dir, "MOZ_CRASHREPORTER_DISABLE=1")
	running, err := start(cmd, filepath.Join(dir, "log"), launch{death: syscall.SIGKILL})
	if err != nil {
		return "", err
	}
	atStop(func() {
		running.stop(syscall.SIGTERM)
		_ = os.RemoveAll(dir)
	})
	url := ""
	err = running.ready(func() error {
		text, _ := os.ReadFile(running.log)
		match := listening.FindSubmatch(text)
		if match == nil {
			return errors.New("it has not printed its address")
		}
		url = string(match[1])
		return nil
	})
	return url, err
}
