// Package pushservice is a push service (RFC 8030) with its browsers, for tests: it checks from whom a notification
// comes (RFC 8292), and its browsers decrypt them (RFC 8291).
package pushservice

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Service is a running push service.
type Service struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	browsers map[string]*Browser // by the path of their endpoint
	status   int                 // of the answers, 0 for the usual one
	after    string              // Retry-After
	before   func()              // runs before each answer
}

// Start runs a push service for the duration of a test.
func Start(t *testing.T) *Service {
	t.Helper()
	s := &Service{t: t, browsers: map[string]*Browser{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.take))
	t.Cleanup(s.Close)
	return s
}

// Answer makes the service answer with a status from now on; 0 is the usual answer.
func (s *Service) Answer(status int, retryAfter string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.after = status, retryAfter
}

// Before makes the service call a function before each answer.
func (s *Service) Before(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = do
}

// Subscribe is what a browser does for a page. Only the owner of the key can send to it; with "" anyone can.
func (s *Service) Subscribe(key string) *Browser {
	s.t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &Browser{service: s, path: "/push/" + rand.Text(), private: private, auth: make([]byte, 16), key: key, got: make(chan Notification, 1000)}
	rand.Read(b.auth) // never fails
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browsers[b.path] = b
	return b
}

// Unsubscribe makes the service forget a browser.
func (s *Service) Unsubscribe(b *Browser) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.browsers, b.path)
}

func (s *Service) take(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	b, status, after, before := s.browsers[r.URL.Path], s.status, s.after, s.before
	s.mu.Unlock()
	if before != nil {
		before()
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4097))
	switch {
	case err != nil || len(body) > 4096:
		status = http.StatusRequestEntityTooLarge
	case r.Method != http.MethodPost || r.Header.Get("TTL") == "" || r.Header.Get("Content-Encoding") != "aes128gcm":
		status = http.StatusBadRequest
	case status != 0:
		w.Header().Set("Retry-After", after)
	case b == nil:
		status = http.StatusGone
	default:
		status = b.take(r, s.URL, body)
	}
	w.WriteHeader(status)
}

// Browser is a browser with a subscription.
type Browser struct {
	service *Service
	path    string
	private *ecdh.PrivateKey
	auth    []byte
	key     string
	got     chan Notification
}

// Notification is what a browser got.
type Notification struct{ Payload, Topic, Urgency, TTL, Contact string }

// Keys are what a browser tells its page of the subscription.
func (b *Browser) Keys() struct{ Endpoint, P256dh, Auth string } {
	encode := base64.RawURLEncoding.EncodeToString
	return struct{ Endpoint, P256dh, Auth string }{b.service.URL + b.path, encode(b.private.PublicKey().Bytes()), encode(b.auth)}
}

func (b *Browser) take(r *http.Request, origin string, body []byte) int {
	contact, err := verify(r.Header.Get("Authorization"), origin, b.key)
	if err != nil {
		b.service.t.Logf("the push service refuses: %v", err)
		return http.StatusForbidden
	}
	payload, err := b.decrypt(body)
	if err != nil {
		b.service.t.Errorf("a browser cannot read its notification: %v", err)
		return http.StatusCreated
	}
	b.got <- Notification{payload, r.Header.Get("Topic"), r.Header.Get("Urgency"), r.Header.Get("TTL"), contact}
	return http.StatusCreated
}

// patience is how long a test waits for a notification.
const patience = 30 * time.Second

// Next waits for the next notification.
func (b *Browser) Next() Notification {
	b.service.t.Helper()
	select {
	case n := <-b.got:
		return n
	case <-time.After(patience):
		b.service.t.Fatal("there is no notification")
		return Notification{}
	}
}

// Waiting is how many notifications Next has not returned yet.
func (b *Browser) Waiting() int { return len(b.got) }

// trimmed reads base64url with or without padding.
func trimmed(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}
