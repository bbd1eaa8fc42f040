package push_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dchat/app/notify/push"
	"dchat/test/services/pushservice"

	"github.com/stretchr/testify/require"
)

func sender(t *testing.T, local bool) *push.Sender {
	t.Helper()
	s, err := push.New(push.Options{Secret: []byte("a secret of this test"), Contact: "https://chat.example.org", Local: local})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// The browser can read the payload, and the push service knows from whom it comes and cannot read it.
func TestPayloadArrivesEncryptedAndSigned(t *testing.T) {
	s, service := sender(t, true), pushservice.Start(t)
	browser := service.Subscribe(s.Key())
	for _, payload := range []string{"{}", `{"title":"Zoë"}`, strings.Repeat("x", push.MaxPayload)} {
		require.NoError(t, s.Send(t.Context(), push.Target(browser.Keys()), "topic", []byte(payload)))
		got := browser.Next()
		require.Equal(t, payload, got.Payload)
		require.Equal(t, "topic", got.Topic)
		require.Equal(t, "high", got.Urgency)
		require.Equal(t, "86400", got.TTL)
		require.Equal(t, "https://chat.example.org", got.Contact)
	}
	require.Error(t, s.Send(t.Context(), push.Target(browser.Keys()), "topic", []byte(strings.Repeat("x", push.MaxPayload+1))))
}

func TestKeysComeFromTheSecret(t *testing.T) {
	require.Equal(t, sender(t, true).Key(), sender(t, false).Key(), "the same on all nodes and after each start")
	other, err := push.New(push.Options{Secret: []byte("another secret")})
	require.NoError(t, err)
	require.NotEqual(t, sender(t, true).Key(), other.Key())
}

func TestAnswersOfPushServices(t *testing.T) {
	s, service := sender(t, true), pushservice.Start(t)
	browser := service.Subscribe(s.Key())
	send := func() error { return s.Send(t.Context(), push.Target(browser.Keys()), "", []byte("{}")) }
	for _, status := range []int{http.StatusNotFound, http.StatusGone, http.StatusForbidden} {
		service.Answer(status, "")
		require.ErrorIs(t, send(), push.ErrGone, status)
	}
	for header, after := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "99999999": 24 * time.Hour} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable} {
			service.Answer(status, header)
			var busy *push.BusyError
			require.ErrorAs(t, send(), &busy)
			require.Equal(t, after, busy.After, header)
		}
	}
	for _, status := range []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusFound, http.StatusTemporaryRedirect} {
		service.Answer(status, "")
		var refused *push.RefusedError
		require.ErrorAs(t, send(), &refused, status)
	}
}

// A redirect could lead into the local network.
func TestRedirectsAreNotFollowed(t *testing.T) {
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	outside := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusTemporaryRedirect))
	defer outside.Close()
	s, browser := sender(t, true), pushservice.Start(t).Subscribe("")
	target := push.Target(browser.Keys())
	target.Endpoint = outside.URL
	require.ErrorContains(t, s.Send(t.Context(), target, "", []byte("{}")), "307")
	require.False(t, reached)
}

// The address is checked when the connection is made: a name may lead to another address than before.
func TestLocalAddressesAreRefused(t *testing.T) {
	reached := false
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	s, target := sender(t, false), push.Target(pushservice.Start(t).Subscribe("").Keys())
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254",
		"100.64.0.1", "[fd00::1]", "[fe80::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "224.0.0.1", "255.255.255.255",
	} {
		target.Endpoint = "https://" + host + "/push"
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		require.ErrorContains(t, s.Send(ctx, target, "", []byte("{}")), "belongs to a local network", host)
		cancel()
	}
	require.False(t, reached)
}

func TestUnusableSubscriptions(t *testing.T) {
	s, good := sender(t, false), push.Target(pushservice.Start(t).Subscribe("").Keys())
	good.Endpoint = "https://push.example.org/send/abc"
	require.NoError(t, s.Check(good))
	for _, endpoint := range []string{
		"", "nonsense", "http://push.example.org/x", "https://push.example.org:8443/x", "https://user:pw@push.example.org/", "https:///x", "https:x",
		"ftp://push.example.org", "https://push.example.org/#x", "https://push.example.org/" + strings.Repeat("x", 1000), "https://push.example.org/%zz", "https://push.example.org/\xff", "https://push.example.org/ü", "https://push.example.org/a b", "file:///etc/passwd",
	} {
		bad := good
		bad.Endpoint = endpoint
		require.Error(t, s.Check(bad), endpoint)
	}
	for _, key := range []string{"", "nonsense", good.Auth, good.P256dh[:80], strings.Repeat("A", 87)} {
		bad := good
		bad.P256dh = key
		require.Error(t, s.Check(bad), key)
	}
	for _, auth := range []string{"", "short", good.P256dh, "!"} {
		bad := good
		bad.Auth = auth
		require.Error(t, s.Check(bad), auth)
	}
}

// The endpoint is a secret of the browser and stands in no log.
func TestErrorsHideTheEndpoint(t *testing.T) {
	s, service := sender(t, true), pushservice.Start(t)
	target := push.Target(service.Subscribe("").Keys())
	service.Close()
	err := s.Send(t.Context(), target, "", []byte("{}"))
	require.Error(t, err)
	require.NotContains(t, err.Error(), "/push/")
}
