package services

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// SetEnv replaces every setting of the environment.
func SetEnv(t testing.TB, settings map[string]string) {
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, "DCHAT_") || strings.HasSuffix(name, "_URL") || strings.HasSuffix(name, "_URL_FILE") {
			t.Setenv(name, "")
			require.NoError(t, os.Unsetenv(name))
		}
	}
	for name, value := range settings {
		t.Setenv(name, value)
	}
}
