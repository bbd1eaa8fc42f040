package services

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNginxRestartsOnSamePort(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "site.conf")
	require.NoError(t, os.WriteFile(conf, []byte(`server { listen 8080; return 200 "hello name"; }`), 0o600))
	server := Nginx(t, conf, map[string]string{"name": "you"})
	url := server.URL
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for range 2 {
		server.Start()
		require.Equal(t, url, server.URL)
		answer, err := client.Get(url)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, "hello you", string(body))

		server.Stop()
		server.Stop()
		_, err = client.Get(url)
		require.Error(t, err)
	}
}
