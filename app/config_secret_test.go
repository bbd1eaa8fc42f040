package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlankSecretIsRefused(t *testing.T) {
	config := settings(t, map[string]string{"DCHAT_SECRET": "                                        "})
	_, err := start(t, config)
	require.ErrorContains(t, err, "DCHAT_SECRET must have at least 32 characters")
	config.Secret = "  " + "short" + "                                   "
	_, err = start(t, config)
	require.ErrorContains(t, err, "DCHAT_SECRET")
}
