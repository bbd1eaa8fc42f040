package config

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

func TestInvalidSettingIsNamed(t *testing.T) {
	for name, settings := range map[string]map[string]string{
		"DCHAT_ADDR":            {"DCHAT_ADDR": "8080"},
		"DCHAT_BASE_URL":        {"DCHAT_BASE_URL": "chat.example.org"},
		"without a path":        {"DCHAT_BASE_URL": "https://example.org/chat"},
		"DATABASE_URL":          {"DATABASE_URL": "mysql://db/dchat"},
		"REDIS_URL":             {"REDIS_URL": "redis.example.org", "DATABASE_URL": "postgres://db/x", "DCHAT_SECRET": strings.Repeat("s", 32)},
		"cannot share SQLite":   {"REDIS_URL": "redis://redis:6379", "DCHAT_SECRET": strings.Repeat("s", 32)},
		"DCHAT_SECRET":          {"REDIS_URL": "redis://redis:6379", "DATABASE_URL": "postgres://db/x"},
		"auto or required":      {"DCHAT_EMAIL_VERIFICATION": "on"},
		"DCHAT_WORKER must be":  {"DCHAT_WORKER": "no"},
		"DCHAT_WORKER is off":   {"DCHAT_WORKER": "off"},
		"no worker can run":     {"DCHAT_WORKER": "off", "DATABASE_URL": "postgres://db/x"},
		"DCHAT_DEV":             {"DCHAT_DEV": "yes"},
		"DCHAT_MIGRATE":         {"DCHAT_MIGRATE": "yes"},
		"DCHAT_RATE_LIMITS":     {"DCHAT_RATE_LIMITS": "no"},
		"DCHAT_LOG_LEVEL":       {"DCHAT_LOG_LEVEL": "loud"},
		"DCHAT_LOG_FORMAT":      {"DCHAT_LOG_FORMAT": "xml"},
		"DCHAT_TRUSTED_PROXIES": {"DCHAT_TRUSTED_PROXIES": "127.0.0.1,proxy"},
		"DCHAT_TLS_CERT and":    {"DCHAT_TLS_CERT": "cert.pem", "DCHAT_BASE_URL": "https://chat.example.org"},
		"DCHAT_TLS_KEY belong":  {"DCHAT_TLS_KEY": "key.pem", "DCHAT_BASE_URL": "https://chat.example.org"},
		"DCHAT_TLS_CERT needs":  {"DCHAT_TLS_CERT": "cert.pem", "DCHAT_TLS_KEY": "key.pem", "DCHAT_BASE_URL": "http://chat.example.org"},
		"port 443 needs":        {"DCHAT_ADDR": ":443"},
		"DCHAT_ACME_URL needs":  {"DCHAT_ACME_URL": "https://acme.example.org/directory"},
		"DCHAT_ACME_URL must":   {"DCHAT_ACME_URL": "acme.example.org", "DCHAT_BASE_URL": "https://chat.example.org"},
		"DCHAT_ACME_URL are":    {"DCHAT_ACME_URL": "https://acme.example.org/directory", "DCHAT_TLS_CERT": "c", "DCHAT_TLS_KEY": "k", "DCHAT_BASE_URL": "https://chat.example.org"},
		"a full name":           {"DCHAT_ADDR": ":443", "DCHAT_BASE_URL": "https://localhost"},
		"not \"192.0.2.1\"":     {"DCHAT_ADDR": ":443", "DCHAT_BASE_URL": "https://192.0.2.1"},
		"DCHAT_HTTP_ADDR must":  {"DCHAT_HTTP_ADDR": "80", "DCHAT_ADDR": ":443", "DCHAT_BASE_URL": "https://chat.example.org"},
		"DCHAT_HTTP_ADDR leads": {"DCHAT_HTTP_ADDR": ":80"},
		"DCHAT_SECRET_FILE":     {"DCHAT_SECRET_FILE": "/nowhere/secret"},
		"DCHAT_MAX_UPLOAD":      {"DCHAT_MAX_UPLOAD": "5 GB"},
		"DCHAT_QUOTA":           {"DCHAT_QUOTA": "-1"},
		"DCHAT_METRICS_ADDR":    {"DCHAT_METRICS_ADDR": "9090"},
		"and differ from":       {"DCHAT_METRICS_ADDR": "127.0.0.1:8080"},
		"DCHAT_DRAIN_DELAY":     {"DCHAT_DRAIN_DELAY": "5"},
		"DCHAT_EDIT_WINDOW":     {"DCHAT_EDIT_WINDOW": "-1h"},
		"DCHAT_ONLINE_FOR":      {"DCHAT_ONLINE_FOR": "2m"},
		"keep one":              {"DCHAT_SECRET_FILE": "/nowhere/secret", "DCHAT_SECRET": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			services.SetEnv(t, settings)
			_, err := FromEnv()
			require.ErrorContains(t, err, name)
			require.NotContains(t, err.Error(), "\n", "one sentence")
		})
	}
}

func TestAddressesHaveToBeConfirmedOnceThereIsAMailServer(t *testing.T) {
	for _, c := range []struct {
		setting, smtp string
		want          bool
	}{
		{"auto", "", false},
		{"auto", "smtp://mail", true},
		{"required", "", true},
		{"required", "smtp://mail", true},
		{"off", "", false},
		{"off", "smtp://mail", false},
	} {
		services.SetEnv(t, map[string]string{"DCHAT_EMAIL_VERIFICATION": c.setting, "SMTP_URL": c.smtp})
		config, err := FromEnv()
		require.NoError(t, err)
		require.Equal(t, c.want, config.VerifiesEmail(), c)
	}
	services.SetEnv(t, nil)
	config, err := FromEnv()
	require.NoError(t, err)
	require.Equal(t, "auto", config.EmailVerification)
	require.Equal(t, "on", config.Worker)
	require.Equal(t, "off", config.Dev)
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "1": 1, "2k": 2000, "2K": 2000, "500M": 500_000_000, "5g": 5_000_000_000, "9T": 9_000_000_000_000, "9223372036854775807": math.MaxInt64,
	} {
		got, err := Size(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"0", "-1", "+1", "M", "5GB", "5 G", "1.5G", "0x10", "1e9", "9223373T", "9223372036854775808", "5P"} {
		_, err := Size(text)
		require.Error(t, err, text)
	}
}

func TestASecretMayComeFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(path, []byte("postgres://dchat:hush@db/dchat\n"), 0o600))
	services.SetEnv(t, map[string]string{"DATABASE_URL_FILE": path})
	config, err := FromEnv()
	require.NoError(t, err)
	require.Equal(t, "postgres://dchat:hush@db/dchat", config.DatabaseURL)
}

func TestTheSecretIsMadeOnceAndKept(t *testing.T) {
	config := Config{DataDir: t.TempDir()}
	first, second := config, config
	require.NoError(t, first.LoadSecret())
	require.NoError(t, second.LoadSecret())
	require.Equal(t, first.Secret, second.Secret)
	info, err := os.Stat(filepath.Join(config.DataDir, "secret"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	weak := config
	weak.Secret = "short"
	require.ErrorContains(t, weak.LoadSecret(), "DCHAT_SECRET")
}

func TestWhenTheServerSpeaksTLS(t *testing.T) {
	const base, acme = "https://chat.example.org", "https://acme.example.org/directory"
	for _, c := range []struct {
		addr, base, cert, acme string
		tls, auto              bool
	}{
		{"127.0.0.1:8080", base, "", "", false, false}, // a proxy does
		{":443", base, "", "", true, true},
		{":8443", base, "", acme, true, true},
		{":8443", base, "cert.pem", "", true, false},
		{":443", base, "cert.pem", "", true, false},
	} {
		services.SetEnv(t, map[string]string{"DCHAT_ADDR": c.addr, "DCHAT_BASE_URL": c.base, "DCHAT_TLS_CERT": c.cert, "DCHAT_TLS_KEY": c.cert, "DCHAT_ACME_URL": c.acme})
		config, err := FromEnv()
		require.NoError(t, err)
		require.Equal(t, []bool{c.tls, c.auto}, []bool{config.OwnTLS(), config.AutoTLS()}, c)
	}
}
