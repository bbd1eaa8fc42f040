package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// No username is the first word of a path of ours.
func TestUsernamesAreNoRoutes(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	words := map[string]bool{"favicon.ico": true, "robots.txt": true}
	for _, r := range bare(slog.New(slog.DiscardHandler)).Routes() {
		word, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
		words[word] = word != ""
	}
	for word, ok := range words {
		if len(word) < 4 || !ok {
			continue
		}
		a := n.Stranger().Post("/signup", url.Values{"username": {word}, "email": {fmt.Sprint(word, "@example.org")}, "password": {harness.Password}}, false)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status, word)
		require.NotEmpty(t, fieldError(a, "username"), word)
	}
}
