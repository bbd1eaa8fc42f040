package app

import (
	"context"
	"log/slog"
	"testing"

	"dchat/app/config"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { services.Main(m) }

func start(t *testing.T, config config.Config) (*App, error) {
	node, err := New(context.Background(), config, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Cleanup(node.close)
	}
	return node, err
}

func settings(t *testing.T, more map[string]string) config.Config {
	all := map[string]string{"DCHAT_ADDR": "127.0.0.1:0", "DCHAT_DATA_DIR": t.TempDir()}
	for name, value := range more {
		all[name] = value
	}
	services.SetEnv(t, all)
	config, err := config.FromEnv()
	require.NoError(t, err)
	return config
}

func TestDataFolderServesOneNode(t *testing.T) {
	config := settings(t, nil)
	_, err := start(t, config)
	require.NoError(t, err)
	_, err = start(t, config)
	require.ErrorContains(t, err, "DCHAT_DATA_DIR")
}
