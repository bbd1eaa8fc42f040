package config

import (
	"os"
	"path/filepath"
	"testing"

	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

func TestAnUnknownNameIsRefusedWithTheNearestSetting(t *testing.T) {
	for name, want := range map[string]string{
		"DCHAT_BASEURL":       "DCHAT_BASEURL is not a setting; did you mean DCHAT_BASE_URL?",
		"DCHAT_DATABASE_URL":  "DCHAT_DATABASE_URL is not a setting; did you mean DATABASE_URL?",
		"DCHAT_SMTP_URL_FILE": "did you mean SMTP_URL_FILE?",
		"DCHAT_LOGLEVEL":      "did you mean DCHAT_LOG_LEVEL?",
		"dchat_addr":          "did you mean DCHAT_ADDR?",
		"DCHAT_PORT":          "DCHAT_PORT is not a setting",
		"DCHAT_FLAVOUR":       "DCHAT_FLAVOUR is not a setting",
		"DCHAT_BASE_URL_FILE": "DCHAT_BASE_URL cannot come from a file",
		"DCHAT_SECRET_FIEL":   "did you mean DCHAT_SECRET_FILE?",
		"DCHAT_SECRETFILE":    "did you mean DCHAT_SECRET_FILE?",
		"DATABASEURL":         "did you mean DATABASE_URL?",
		"DATABSE_URL":         "did you mean DATABASE_URL?",
		"DATABASE_URL_FIEL":   "did you mean DATABASE_URL_FILE?",
		"REDIS_URI":           "did you mean REDIS_URL?",
		"SMTP_URLFILE":        "did you mean SMTP_URL_FILE?",
	} {
		t.Run(name, func(t *testing.T) {
			services.SetEnv(t, map[string]string{name: "x"})
			_, err := FromEnv()
			require.ErrorContains(t, err, want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// What belongs to other programs, or to those who start this one, stops nothing.
func TestForeignNamesAreLeftAlone(t *testing.T) {
	services.SetEnv(t, map[string]string{
		"SMTP_HOST": "x", "SMTP_PORT": "25", "SMTP_USER": "x", "SMTP_SSL": "1", "REDIS_HOST": "x", "REDIS_PORT": "x", "REDIS_SSL": "x",
		"DATABASE_HOST": "x", "DATABASE_NAME": "x", "DATABASE_USER": "x", "BASE_URL": "x", "ADDR": "x", "OTHER_FILE": "x",
		"DCHAT_IMAGE": "dchat:1", "DCHAT_SUBNET": "10.0.0.0/8", "DCHAT_TEST_ALL": "1",
		"DCHAT_PORT": "tcp://10.0.0.1:8080", "DCHAT_SERVICE_HOST": "10.0.0.1", "DCHAT_SERVICE_PORT_HTTP": "80", "DCHAT_PORT_8080_TCP_ADDR": "10.0.0.1",
		"DCHAT_APP_SERVICE_HOST": "10.0.0.2", "DCHAT_APP_PORT": "tcp://10.0.0.2:80",
		"SMTP_URL": "smtp://mail", "SMTP_URI": "that is set, so this is for another program",
		"DCHAT_BASE_URL": "", "DATABASE_URL": "", // as compose passes on what is not set
	})
	_, err := FromEnv()
	require.NoError(t, err)
}

func TestAFileWithoutASecretIsRefused(t *testing.T) {
	_, secret := settingNames()
	require.NotEmpty(t, secret)
	blank := filepath.Join(t.TempDir(), "blank")
	require.NoError(t, os.WriteFile(blank, []byte(" \n\n"), 0o600))
	for _, name := range secret {
		services.SetEnv(t, map[string]string{name + "_FILE": blank})
		_, err := FromEnv()
		require.ErrorContains(t, err, name+"_FILE")
		require.ErrorContains(t, err, "is empty")
		services.SetEnv(t, map[string]string{name + "_FILE": ""})
		_, err = FromEnv()
		require.ErrorContains(t, err, name+"_FILE is set to nothing")
	}
}

func TestListsMayHaveBlanks(t *testing.T) {
	services.SetEnv(t, map[string]string{"DCHAT_TRUSTED_PROXIES": " 127.0.0.1, 10.0.0.0/8 ,"})
	config, err := FromEnv()
	require.NoError(t, err)
	require.Equal(t, []string{"127.0.0.1", "10.0.0.0/8"}, config.TrustedProxies)
	services.SetEnv(t, map[string]string{"DCHAT_TRUSTED_PROXIES": " "})
	config, err = FromEnv()
	require.NoError(t, err)
	require.Empty(t, config.TrustedProxies)
	services.SetEnv(t, map[string]string{"DCHAT_TRUSTED_PROXIES": "127.0.0.1 10.0.0.1"})
	_, err = FromEnv()
	require.ErrorContains(t, err, "DCHAT_TRUSTED_PROXIES")
}

func TestPortsAreChecked(t *testing.T) {
	for name, value := range map[string]string{
		"DCHAT_BASE_URL": "https://chat.example.org:99999", "DCHAT_ADDR": ":99999", "DCHAT_METRICS_ADDR": "127.0.0.1:65536",
		"DCHAT_HTTP_ADDR": ":-1", "REDIS_URL": "redis://redis:99999",
	} {
		services.SetEnv(t, map[string]string{name: value})
		_, err := FromEnv()
		require.ErrorContains(t, err, name)
	}
	for _, base := range []string{"https://chat.example.org:0", "https://:443", "https://anna@chat.example.org", "https://chat.example.org/#x"} {
		services.SetEnv(t, map[string]string{"DCHAT_BASE_URL": base})
		_, err := FromEnv()
		require.ErrorContains(t, err, "DCHAT_BASE_URL", base)
	}
}
