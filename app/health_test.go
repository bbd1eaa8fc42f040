package app_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"dchat/app/cli"
	"dchat/app/config"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// `dchat health live` succeeds while the database is down, so that the container is not restarted.
func TestHealth(t *testing.T) {
	health := func(args ...string) error {
		return cli.Execute(t.Context(), append([]string{"health"}, args...), io.Discard)
	}
	database := services.OwnPostgres(t)
	n := harness.On(t, database.URL).Start(t, func(c *config.Config) { c.Worker = "off" })
	t.Setenv("DCHAT_ADDR", strings.TrimPrefix(n.URL, "http://"))
	require.NoError(t, health())
	require.NoError(t, health("live"))
	require.ErrorContains(t, health("lively"), "lively")
	database.Stop()
	require.Eventually(t, func() bool { return health() != nil }, patience, patience/100)
	require.ErrorContains(t, health(), "not ready")
	require.NoError(t, health("live"))
	n.Stop()
	require.ErrorContains(t, health("live"), "does not answer")
}

// A worker listens only on the private address.
func TestHealthOfWorker(t *testing.T) {
	private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	t.Setenv("DCHAT_ADDR", fmt.Sprintf("127.0.0.1:%d", services.FreePort(t)))
	t.Setenv("DCHAT_METRICS_ADDR", private)
	health := func() error { return cli.Execute(t.Context(), []string{"health"}, io.Discard) }
	require.Error(t, health())
	harness.EmptySQLite(t).Start(t, func(c *config.Config) { c.MetricsAddr = private })
	require.NoError(t, health())
}

// With ACME, health checks use the private address: a TLS handshake would make the server request a certificate
// from the authority, which limits requests.
func TestHealthRequestsNoCertificate(t *testing.T) {
	private := fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	harness.EmptySQLite(t).Start(t, func(c *config.Config) { c.MetricsAddr = private })
	server, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	t.Setenv("DCHAT_ADDR", server.Addr().String())
	t.Setenv("DCHAT_BASE_URL", "https://chat.example.org")
	t.Setenv("DCHAT_ACME_URL", "https://acme.example.org/directory")
	t.Setenv("DCHAT_METRICS_ADDR", private)
	require.NoError(t, cli.Execute(t.Context(), []string{"health", "live"}, io.Discard))
	require.NoError(t, server.(*net.TCPListener).SetDeadline(time.Now()))
	_, err = server.Accept()
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "the public address receives no request")
}
