package web_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// A panic becomes a response and a line in the log. (A server without a database panics in every route
// that needs it.)
func TestPanic(t *testing.T) {
	var log bytes.Buffer
	server := bare(slog.New(slog.NewJSONHandler(&log, nil)))
	for _, hx := range []string{"", "true"} {
		log.Reset()
		request := httptest.NewRequest(http.MethodGet, "/profile", nil)
		request.Host = "localhost"
		request.Header.Set("Cookie", "dchat=some-token")
		request.Header.Set("HX-Request", hx)
		response, err := server.App().Test(request)
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusInternalServerError, response.StatusCode)
		requireHeaders(t, response.Header, "a panic")
		require.Contains(t, string(body), "That is our fault")
		for _, inside := range []string{"panic", "nil pointer", "goroutine", ".go", "runtime", "some-token"} {
			require.NotContains(t, string(body), inside)
		}
		require.Contains(t, log.String(), "nil pointer dereference")
		require.Contains(t, log.String(), "session.go", "the log does not say where")
		require.Contains(t, log.String(), `"route":"/profile"`)
		require.NotContains(t, log.String(), "some-token")
	}
}

// Neither an internal error nor a refused request reveals internals.
func TestErrorsRevealNoInternals(t *testing.T) {
	server := bare(slog.New(slog.DiscardHandler))
	for path, status := range map[string]int{"/nothing": 404, "/ws": 403, "/static/x": 404} {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.Host = "localhost"
		response, err := server.App().Test(request)
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, status, response.StatusCode, path)
		require.NotContains(t, string(body), "Cannot GET")
		require.Contains(t, string(body), "<!doctype html>")
	}
}
