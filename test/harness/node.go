package harness

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app"
	"dchat/app/config"

	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for an event that must happen.
const patience = 10 * time.Second

// Server is what browsers connect to: a Node in this process, a Process, or a proxy before one.
type Server struct {
	URL    string // http://127.0.0.1:port, or https
	Origin string // the Origin header of browsers: the base URL if it is set, else URL

	t      *testing.T
	tls    *tls.Config // nil without TLS
	client *http.Client
}

func newServer(t *testing.T, config config.Config) Server {
	t.Helper()
	url, secure := "http://"+config.Addr, (*tls.Config)(nil)
	if config.TLSCert != "" || config.ACMEURL != "" {
		url, secure = "https://"+config.Addr, trust(t, config)
	}
	s := at(t, url, secure)
	if config.BaseURL != "" {
		s.Origin = config.BaseURL
	}
	return s
}

// At is a server that another process runs, or a proxy before one.
func At(t *testing.T, url string) Server {
	t.Helper()
	return at(t, url, nil)
}

func at(t *testing.T, url string, secure *tls.Config) Server {
	t.Helper()
	s := Server{URL: url, Origin: url, t: t, tls: secure}
	transport := &http.Transport{MaxIdleConnsPerHost: 100, TLSClientConfig: secure}
	t.Cleanup(transport.CloseIdleConnections)
	s.client = &http.Client{
		Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

// trust accepts the certificate from the node's configuration, and any that the node fetches itself.
func trust(t *testing.T, config config.Config) *tls.Config {
	t.Helper()
	base, err := url.Parse(config.BaseURL)
	require.NoError(t, err)
	if config.TLSCert == "" {
		return &tls.Config{ServerName: base.Hostname(), InsecureSkipVerify: true}
	}
	pem, err := os.ReadFile(config.TLSCert)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	return &tls.Config{ServerName: base.Hostname(), RootCAs: roots}
}

// Node is a node in the process of the test.
type Node struct {
	Server
	backend *Backend
	config  config.Config
	log     *logbook
	stop    context.CancelFunc
	ended   chan error
}

// Start runs a node on a free port, with rate limits off unless changed. The end of the test stops it.
func (b *Backend) Start(t *testing.T, change ...func(*config.Config)) *Node {
	t.Helper()
	config := b.Config(t)
	for _, f := range change {
		f(&config)
	}
	n := &Node{Server: newServer(t, config), backend: b, config: config, log: &logbook{}}
	n.start()
	t.Cleanup(func() {
		n.Stop()
		if t.Failed() {
			t.Logf("the node at %s last logged:\n%s", n.URL, tail(n.Log(), 20))
		}
	})
	return n
}

func (n *Node) start() {
	n.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var level slog.Level
	require.NoError(n.t, level.UnmarshalText([]byte(n.config.LogLevel)))
	node, err := app.New(ctx, n.config, slog.New(slog.NewJSONHandler(n.log, &slog.HandlerOptions{Level: level})))
	if err != nil {
		stop()
		require.NoError(n.t, err)
	}
	n.stop, n.ended = stop, make(chan error, 1)
	go func() { n.ended <- node.Run(ctx) }()
	n.awaitReady()
}

func (s *Server) awaitReady() {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.probe() == nil }, 3*patience, 5*time.Millisecond, "%s did not get ready", s.URL)
}

// Stop ends the node gracefully, as SIGTERM does. Stopping a stopped node does nothing.
func (n *Node) Stop() {
	if n.stop == nil {
		return
	}
	n.BeginStop()
	n.AwaitStop()
}

// BeginStop is Stop without waiting for the end.
func (n *Node) BeginStop() { n.stop() }

// AwaitStop waits for the end of a stop that BeginStop started.
func (n *Node) AwaitStop() {
	n.t.Helper()
	n.client.CloseIdleConnections()
	select {
	case err := <-n.ended:
		if err != nil {
			n.t.Errorf("the node at %s ended with %v", n.URL, err)
		}
	case <-time.After(3 * patience):
		n.t.Errorf("the node at %s did not end", n.URL)
	}
	n.stop = nil
}

// Restart stops the node if it runs, and starts it again on the same port and data.
func (n *Node) Restart() {
	n.t.Helper()
	n.Stop()
	n.start()
}

// Log returns the log of the node, in lines of JSON.
func (n *Node) Log() string { return n.log.String() }

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
