package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLocalAddress(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", ":443": "127.0.0.1:443", "0.0.0.0:1": "127.0.0.1:1",
		"[::]:1": "[::1]:1", "[::1]:1": "[::1]:1", "node:1": "node:1",
	} {
		require.Equal(t, want, local(addr))
	}
}
