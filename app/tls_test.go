package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dchat/app/cli"
	"dchat/app/config"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

const tlsHost = "chat.example.org"

// issued holds the paths of a certificate and its key.
type issued struct{ cert, key string }

func issue(t *testing.T) issued {
	t.Helper()
	dir := t.TempDir()
	f := issued{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	f.renew(t, 1)
	return f
}

func (f issued) renew(t *testing.T, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	cert, err := certify(&key.PublicKey, key, serial)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(f.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600))
	require.NoError(t, os.WriteFile(f.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

// certify signs a certificate with its own key or that of an authority.
func certify(public *ecdsa.PublicKey, by *ecdsa.PrivateKey, serial int64) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: tlsHost}, DNSNames: []string{tlsHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	return x509.CreateCertificate(rand.Reader, template, template, public, by)
}

// handshake connects with a host name and returns the state of the connection.
func handshake(t *testing.T, n *harness.Node, config *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	config.InsecureSkipVerify = true
	conn, err := tls.Dial("tcp", n.URL[len("https://"):], config)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.ConnectionState(), nil
}

func TestTLS(t *testing.T) {
	files, plain := issue(t), fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
	b := harness.EmptySQLite(t)
	var used config.Config
	n := b.Start(t, func(c *config.Config) {
		c.BaseURL, c.TLSCert, c.TLSKey, c.HTTPAddr = "https://"+tlsHost, files.cert, files.key, plain
		used = *c
	})

	anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	page := bert.Socket(t, "")
	require.Equal(t, http.StatusOK, send(anna, "bert", "under a lock").Status)
	page.AwaitText(t, "under a lock")
	require.Contains(t, anna.Jar.String(), "__Host-")
	require.NotEmpty(t, anna.Get("/", false).Header.Get("Strict-Transport-Security"))

	for path, want := range map[string]string{"/chats/anna?x=1": "/chats/anna?x=1", "//elsewhere.example": "//elsewhere.example"} {
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		answer, err := client.Get("http://" + plain + path)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, "https://"+tlsHost+want, answer.Header.Get("Location"))
	}
	_, err := handshake(t, n, &tls.Config{MaxVersion: tls.VersionTLS11})
	require.Error(t, err, "old TLS versions are refused")

	environ(t, used)
	require.NoError(t, cli.Execute(t.Context(), []string{"health"}, nil))

	files.renew(t, 2)
	state, err := handshake(t, n, &tls.Config{})
	require.NoError(t, err)
	require.EqualValues(t, 2, state.PeerCertificates[0].SerialNumber.Int64(), "a new certificate is loaded without a restart")
	require.NoError(t, os.WriteFile(files.key, []byte("half written"), 0o600))
	state, err = handshake(t, n, &tls.Config{})
	require.NoError(t, err, "an invalid key file is ignored")
	require.EqualValues(t, 2, state.PeerCertificates[0].SerialNumber.Int64())
	require.True(t, page.Open())
}

// environ sets the environment of a node for a command.
func environ(t *testing.T, c config.Config) {
	for name, value := range map[string]string{
		"DCHAT_ADDR": c.Addr, "DCHAT_BASE_URL": c.BaseURL, "DCHAT_DATA_DIR": c.DataDir,
		"DCHAT_TLS_CERT": c.TLSCert, "DCHAT_TLS_KEY": c.TLSKey, "DCHAT_ACME_URL": c.ACMEURL,
	} {
		t.Setenv(name, value)
	}
}

func TestACME(t *testing.T) {
	for _, challenge := range []string{"http-01", "tls-alpn-01"} {
		t.Run(challenge, func(t *testing.T) {
			b, ca := harness.EmptySQLite(t), newCA(t, challenge)
			var used config.Config
			start := func(c *config.Config) {
				c.BaseURL, c.ACMEURL, c.HTTPAddr = "https://"+tlsHost, ca.url, fmt.Sprintf("127.0.0.1:%d", services.FreePort(t))
				ca.https, ca.http = c.Addr, c.HTTPAddr
				used = *c
			}
			n := b.Start(t, start)
			state, err := handshake(t, n, &tls.Config{ServerName: tlsHost})
			require.NoError(t, err)
			require.NoError(t, state.PeerCertificates[0].CheckSignatureFrom(ca.cert), "the authority has signed it")
			for _, stranger := range []string{"", "other.example.org", "www." + tlsHost} {
				_, err = handshake(t, n, &tls.Config{ServerName: stranger})
				require.Error(t, err, stranger)
			}
			require.EqualValues(t, 1, ca.orders.Load(), "one order, only for its own name")
			environ(t, used)
			require.NoError(t, cli.Execute(t.Context(), []string{"health"}, nil))

			n.Restart()
			require.EqualValues(t, 1, ca.orders.Load(), "the certificate is stored")
			info, err := os.Stat(filepath.Join(b.DataDir(), "certificates"))
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
			require.Empty(t, openToOthers(t, b.DataDir()))
		})
	}
}
