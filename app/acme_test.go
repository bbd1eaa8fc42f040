package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// ca is a minimal ACME authority (RFC 8555). It validates its challenge, and does not check signatures.
type ca struct {
	url         string
	challenge   string // the only type offered
	https, http string // where the authority reaches tlsHost
	cert        *x509.Certificate
	orders      atomic.Int64

	t      *testing.T
	key    *ecdsa.PrivateKey
	mu     sync.Mutex
	proven bool
	leaf   []byte
}

func newCA(t *testing.T, challenge string) *ca {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	raw, err := certify(&key.PublicKey, key, 100)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	c := &ca{challenge: challenge, t: t, key: key, cert: cert}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

type object map[string]any

func (c *ca) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Replay-Nonce", rand.Text())
	at := func(path string) string { return c.url + path }
	switch r.URL.Path {
	case "/":
		answer(w, http.StatusOK, object{"newNonce": at("/nonce"), "newAccount": at("/account"), "newOrder": at("/new")})
	case "/nonce":
	case "/account":
		w.Header().Set("Location", at("/account/1"))
		answer(w, http.StatusCreated, object{"status": "valid"})
	case "/new":
		c.orders.Add(1)
		w.Header().Set("Location", at("/order"))
		answer(w, http.StatusCreated, c.order())
	case "/order":
		answer(w, http.StatusOK, c.order())
	case "/authorization":
		answer(w, http.StatusOK, object{"status": c.status("valid"), "identifier": c.identifier(), "challenges": []object{c.offer()}})
	case "/challenge":
		if err := c.validate(); err != nil {
			c.t.Errorf("%s: %v", c.challenge, err)
		}
		c.proven = true
		answer(w, http.StatusOK, c.offer())
	case "/finalize":
		var err error
		if c.leaf, err = c.sign(r.Body); err != nil {
			c.t.Errorf("the certificate request: %v", err)
		}
		w.Header().Set("Location", at("/order"))
		answer(w, http.StatusOK, c.order())
	case "/certificate":
		_ = pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: c.leaf})
		_ = pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})
	default:
		c.t.Errorf("unexpected request for %s", r.URL)
	}
}

func answer(w http.ResponseWriter, status int, body object) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (c *ca) status(done string) string {
	if c.proven {
		return done
	}
	return "pending"
}

func (c *ca) identifier() object { return object{"type": "dns", "value": tlsHost} }

func (c *ca) offer() object {
	return object{"type": c.challenge, "url": c.url + "/challenge", "token": "token", "status": c.status("valid")}
}

func (c *ca) order() object {
	o := object{
		"status": c.status("ready"), "identifiers": []object{c.identifier()},
		"authorizations": []string{c.url + "/authorization"}, "finalize": c.url + "/finalize",
	}
	if c.leaf != nil {
		o["status"], o["certificate"] = "valid", c.url+"/certificate"
	}
	return o
}

// validate checks the challenge at the server.
func (c *ca) validate() error {
	if c.challenge == "http-01" {
		request, err := http.NewRequest(http.MethodGet, "http://"+c.http+"/.well-known/acme-challenge/token", nil)
		if err != nil {
			return err
		}
		request.Host = tlsHost
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err == nil && !strings.HasPrefix(string(text), "token.") {
			err = fmt.Errorf("the challenge response is %q", text)
		}
		return err
	}
	conn, err := tls.Dial("tcp", c.https, &tls.Config{ServerName: tlsHost, NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, extension := range conn.ConnectionState().PeerCertificates[0].Extensions {
		if extension.Id.String() == "1.3.6.1.5.5.7.1.31" {
			return nil
		}
	}
	return errors.New("the certificate does not answer the challenge")
}

// sign issues the certificate requested in a JWS.
func (c *ca) sign(body io.Reader) ([]byte, error) {
	var signed struct{ Payload string }
	var wish struct{ CSR string }
	if err := json.NewDecoder(body).Decode(&signed); err != nil {
		return nil, err
	}
	payload, err := base64.RawURLEncoding.DecodeString(signed.Payload)
	if err == nil {
		err = json.Unmarshal(payload, &wish)
	}
	raw, errRaw := base64.RawURLEncoding.DecodeString(wish.CSR)
	if err = errors.Join(err, errRaw); err != nil {
		return nil, err
	}
	request, err := x509.ParseCertificateRequest(raw)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(request.DNSNames, []string{tlsHost}) {
		return nil, fmt.Errorf("the request is for %q", request.DNSNames)
	}
	return certify(request.PublicKey.(*ecdsa.PublicKey), c.key, 101)
}
