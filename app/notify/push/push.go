package push

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"
)

// MaxPayload is the longest payload in bytes: with its key, its tag and its padding it fills the 4096 bytes that every
// push service takes.
const MaxPayload = 3993

// keptFor is how long a push service keeps a notification for a browser that is offline.
const keptFor = 24 * time.Hour

// Options are what a Sender needs.
type Options struct {
	Secret  []byte
	Contact string // an https address of this server, or an e-mail address, for the operator of a push service
	Local   bool   // for tests: allows http, any port and local addresses
}

// Sender sends notifications. It is safe for concurrent use.
type Sender struct {
	keys    keys
	contact string
	local   bool
	client  *http.Client
}

// New returns a sender.
func New(o Options) (*Sender, error) {
	k, err := keysOf(o.Secret)
	return &Sender{keys: k, contact: o.Contact, local: o.Local, client: newClient(o.Local)}, err
}

// Key is the public key with which browsers subscribe, in base64url.
func (s *Sender) Key() string { return s.keys.public }

// Close ends idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Target is a browser's subscription.
type Target struct{ Endpoint, P256dh, Auth string }

// maxEndpoint is the longest address of a subscription, in bytes.
const maxEndpoint = 1000

// Check returns an error for a subscription to which nothing can be sent.
func (s *Sender) Check(t Target) error {
	u, err := url.Parse(t.Endpoint)
	switch {
	case err != nil || len(t.Endpoint) > maxEndpoint || strings.ContainsFunc(t.Endpoint, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return errors.New("the endpoint is no address")
	case u.Host == "" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return errors.New("the endpoint is no address of a push service")
	case !s.local && (u.Scheme != "https" || u.Port() != "" && u.Port() != "443"):
		return errors.New("the endpoint does not use https")
	case s.local && u.Scheme != "https" && u.Scheme != "http":
		return errors.New("the endpoint does not use http")
	}
	point, err := decode(t.P256dh)
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(point)
	}
	if err != nil {
		return fmt.Errorf("the key p256dh cannot be read: %w", err)
	}
	if auth, err := decode(t.Auth); err != nil || len(auth) != 16 {
		return errors.New("the secret auth is not one of 16 bytes")
	}
	return nil
}

func decode(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}

// ErrGone is the error of a subscription that its push service does not know, or that was made with another key.
var ErrGone = errors.New("the subscription has ended")

// RefusedError is the error of a notification that the push service will not take later either.
type RefusedError struct{ Status int }

func (e *RefusedError) Error() string { return "the push service refused: " + strconv.Itoa(e.Status) }

// BusyError is the error of a push service that takes the notification later.
type BusyError struct {
	Status int
	After  time.Duration // 0 if the service names none
}

func (e *BusyError) Error() string {
	return "the push service cannot take it now: " + strconv.Itoa(e.Status)
}

// Send sends a payload. A later one with the same topic replaces it while the browser is offline.
func (s *Sender) Send(ctx context.Context, t Target, topic string, payload []byte) error {
	if err := s.Check(t); err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	answer, err := webpush.SendNotificationWithContext(ctx, payload, &webpush.Subscription{
		Endpoint: t.Endpoint, Keys: webpush.Keys{P256dh: t.P256dh, Auth: t.Auth},
	}, &webpush.Options{
		HTTPClient: s.client, Subscriber: s.contact, Topic: topic, TTL: int(keptFor.Seconds()), Urgency: webpush.UrgencyHigh,
		VAPIDPublicKey: s.keys.public, VAPIDPrivateKey: s.keys.private,
	})
	if err != nil {
		return withoutAddress(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 16<<10)) // the connection can be used again
	return outcome(answer)
}

// outcome reads the answer of a push service. A redirect is refused: its target was not checked.
func outcome(answer *http.Response) error {
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusNotFound, code == http.StatusGone, code == http.StatusForbidden:
		return fmt.Errorf("%w: %d", ErrGone, code)
	case code == http.StatusTooManyRequests, code >= 500, code == http.StatusUnauthorized:
		return &BusyError{Status: code, After: retryAfter(answer.Header.Get("Retry-After"))}
	default:
		return &RefusedError{Status: code}
	}
}

// retryAfter reads a number of seconds, or a date.
func retryAfter(header string) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 24*60*60)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, min(time.Until(at), 24*time.Hour))
	}
	return 0
}

// withoutAddress removes the endpoint from an error: it is a secret of the browser.
func withoutAddress(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return fmt.Errorf("the push service cannot be reached: %w", failed.Err)
	}
	return err
}
