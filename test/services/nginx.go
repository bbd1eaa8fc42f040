package services

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// NginxServer is an nginx for one test.
type NginxServer struct {
	URL string // http://127.0.0.1:port, the same over every Stop and Start

	tb       testing.TB
	bin, dir string
	running  *process
}

// nginxListen is the directive in our configurations that a test replaces.
const nginxListen = "listen 8080;"

// Nginx starts a server with one of our configuration files, in which each key of places is replaced by its
// value, as addresses and paths differ in tests. The end of the test stops it.
func Nginx(tb testing.TB, path string, places map[string]string) *NginxServer {
	tb.Helper()
	bin := find("nginx", "/usr/sbin/nginx")
	if bin == "" {
		missing(tb, "nginx", "nginx in PATH and /usr/sbin")
	}
	site, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	s := &NginxServer{tb: tb, bin: bin, dir: tb.TempDir()}
	if err := retry(func() error { return s.startSomewhere(string(site), places) }); err != nil {
		tb.Fatalf("nginx: %v", err)
	}
	tb.Cleanup(func() {
		s.Stop()
		if tb.Failed() {
			tb.Logf("nginx with %s logged:\n%s", filepath.Base(path), s.Log())
		}
	})
	return s
}

func (s *NginxServer) startSomewhere(site string, places map[string]string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	s.URL = "http://" + address
	pairs := []string{nginxListen, "listen " + address + ";"}
	for from, to := range places {
		pairs = append(pairs, from, to)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(site, pairs[i]) {
			return fmt.Errorf("the configuration does not contain %q", pairs[i])
		}
	}
	if err := s.write(strings.NewReplacer(pairs...).Replace(site)); err != nil {
		return err
	}
	if out, err := s.command("-t").CombinedOutput(); err != nil {
		return fmt.Errorf("nginx -t: %w: %s", err, out)
	}
	return s.start()
}

// write writes the configuration. The server is a single process, so that killing it leaves nothing behind.
func (s *NginxServer) write(site string) error {
	rest := "daemon off; master_process off; pid pid; error_log stderr;\nevents { }\nhttp {\n"
	for _, part := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		rest += part + "_temp_path " + part + ";\n"
	}
	rest += "include site.conf;\n}\n"
	return errors.Join(
		os.WriteFile(filepath.Join(s.dir, "nginx.conf"), []byte(rest), 0o600),
		os.WriteFile(filepath.Join(s.dir, "site.conf"), []byte(site), 0o600),
	)
}

func (s *NginxServer) command(args ...string) *exec.Cmd {
	return exec.Command(s.bin, append(args, "-e", "stderr", "-p", s.dir, "-c", "nginx.conf")...)
}

// Stop ends the server at once, as a crash does. Stopping a stopped server does nothing.
func (s *NginxServer) Stop() {
	if s.running != nil {
		s.running.stop(os.Kill)
		s.running = nil
	}
}

// Start brings a stopped server back on the same port.
func (s *NginxServer) Start() {
	s.tb.Helper()
	if s.running != nil {
		return
	}
	if err := s.start(); err != nil {
		s.tb.Fatalf("nginx: %v", err)
	}
}

func (s *NginxServer) start() error {
	_ = os.Remove(s.pid()) // left by a killed server
	p, err := start(s.command(), s.log(), launch{death: syscall.SIGKILL})
	if err != nil {
		return err
	}
	listens := func() error { _, err := os.Stat(s.pid()); return err } // nginx writes it after it listens
	if err := p.ready(listens); err != nil {
		return err
	}
	s.running = p
	return nil
}

// Log returns the error log.
func (s *NginxServer) Log() string {
	text, _ := os.ReadFile(s.log())
	return string(text)
}

func (s *NginxServer) log() string { return filepath.Join(s.dir, "log") }

func (s *NginxServer) pid() string { return filepath.Join(s.dir, "pid") }
