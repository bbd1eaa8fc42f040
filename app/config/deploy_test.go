package config

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// What can be set reaches the containers, but for what they have from their image or need not know.
func TestDeploymentsPassOnEverySetting(t *testing.T) {
	notPassed := []string{
		"DCHAT_ADDR", "DCHAT_METRICS_ADDR", "DCHAT_DATA_DIR", // the image says them
		"DCHAT_TLS_CERT", "DCHAT_TLS_KEY", "DCHAT_ACME_URL", "DCHAT_HTTP_ADDR", // nginx is the entry, or infra/acme.yml says them
		"DCHAT_DEV",
	}
	all, _ := settingNames()
	for _, file := range []string{"../../docker-compose.yml", "../../stack.yml"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, name := range all {
			if !slices.Contains(notPassed, name) {
				require.Regexp(t, `(?m)^ {4}`+name+`(_FILE)?: `, string(text), file)
			}
		}
	}
}
