package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dchat/app/web"

	"github.com/caarlos0/env/v11"
)

// Config is everything that can be set, from the environment. Each secret may also be given as
// NAME_FILE, the path of a file that holds it.
type Config struct {
	// Addr is where the server listens.
	Addr string `env:"DCHAT_ADDR" envDefault:"127.0.0.1:8080"`
	// BaseURL is where people reach the server; without it, only this machine's names and addresses are served.
	BaseURL string `env:"DCHAT_BASE_URL"`
	// TLSCert and TLSKey are files with a certificate and its key, for a server that speaks TLS itself.
	TLSCert string `env:"DCHAT_TLS_CERT"`
	TLSKey  string `env:"DCHAT_TLS_KEY"`
	// ACMEURL is the directory of the authority from which the server fetches its certificates. Unset, it
	// does so, from Let's Encrypt, if Addr has port 443 and BaseURL begins with https.
	ACMEURL string `env:"DCHAT_ACME_URL"`
	// HTTPAddr is where a server with TLS listens for those who come without, and for the authority; unset,
	// on port 80 beside port 443.
	HTTPAddr string `env:"DCHAT_HTTP_ADDR"`
	// DataDir holds what is not in the database, and the database itself if DatabaseURL is unset.
	DataDir string `env:"DCHAT_DATA_DIR" envDefault:"./data"`
	// DatabaseURL is postgres://…; unset, SQLite in the data folder.
	DatabaseURL string `env:"DATABASE_URL" secret:"true"`
	// RedisURL is redis://…; unset, the node is alone.
	RedisURL string `env:"REDIS_URL" secret:"true"`
	// SMTPURL is smtp://… or smtps://…; unset, letters are put into the data folder's outbox.
	SMTPURL string `env:"SMTP_URL" secret:"true"`
	// MailFrom is the sender of letters.
	MailFrom string `env:"DCHAT_MAIL_FROM"`
	// EmailVerification is required (only those who have confirmed their address get in), off, or auto:
	// required once SMTPURL is set.
	EmailVerification string `env:"DCHAT_EMAIL_VERIFICATION" envDefault:"auto"`
	// Secret is the root of what is signed (links in letters, addresses of files): all nodes need the
	// same. Unset, it is made once and kept in the data folder.
	Secret string `env:"DCHAT_SECRET" secret:"true"`
	// MaxUpload is the largest file that can be sent, and Quota how much all files of one person may take:
	// in bytes, with k, M, G or T; unset, there is no limit.
	MaxUpload string `env:"DCHAT_MAX_UPLOAD"`
	Quota     string `env:"DCHAT_QUOTA"`
	// Worker is on, or off where `dchat worker` does the jobs (letters, copies of data, clean-up).
	Worker string `env:"DCHAT_WORKER" envDefault:"on"`
	// Migrate is auto or off.
	Migrate string `env:"DCHAT_MIGRATE" envDefault:"auto"`
	// MigrateURL is a direct connection for migrations where DatabaseURL goes through a pooler.
	MigrateURL string `env:"MIGRATE_URL" secret:"true"`
	// MetricsAddr is where metrics, profiles and health are shown to operators; unset, nowhere.
	MetricsAddr string `env:"DCHAT_METRICS_ADDR"`
	// DrainDelay is how long a node that is told to stop goes on serving while it says that it is not ready.
	DrainDelay string `env:"DCHAT_DRAIN_DELAY" envDefault:"0s"`
	// TrustedProxies are the addresses or networks whose X-Real-IP and X-Request-ID are believed.
	TrustedProxies []string `env:"DCHAT_TRUSTED_PROXIES" envSeparator:","`
	// RateLimits is on, or off for load tests.
	RateLimits string `env:"DCHAT_RATE_LIMITS" envDefault:"on"`
	// Dev is off, or on to show all letters and components at /dev/.
	Dev string `env:"DCHAT_DEV" envDefault:"off"`
	// LogLevel is debug, info, warn or error.
	LogLevel string `env:"DCHAT_LOG_LEVEL" envDefault:"info"`
	// LogFormat is text or json.
	LogFormat string `env:"DCHAT_LOG_FORMAT" envDefault:"text"`
}

// FromEnv reads and checks the configuration. Its error is one sentence that names the setting.
func FromEnv() (Config, error) {
	var c Config
	if err := env.Parse(&c); err != nil {
		return c, err
	}
	if err := checkNames(os.Environ()); err != nil {
		return c, err
	}
	c.trimLists()
	if err := c.readFiles(); err != nil {
		return c, err
	}
	return c, c.check()
}

func (c *Config) check() error {
	if !isAddress(c.Addr) {
		return fmt.Errorf("DCHAT_ADDR must be host:port, not %q", c.Addr)
	}
	if c.MetricsAddr != "" && (!isAddress(c.MetricsAddr) || c.MetricsAddr == c.Addr) {
		return fmt.Errorf("DCHAT_METRICS_ADDR must be host:port, and not that of DCHAT_ADDR, not %q", c.MetricsAddr)
	}
	if err := c.checkBaseURL(); err != nil {
		return err
	}
	for _, p := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			if _, err := netip.ParseAddr(p); err != nil {
				return fmt.Errorf("DCHAT_TRUSTED_PROXIES must be addresses or networks, and %q is neither", p)
			}
		}
	}
	if err := c.checkTLS(); err != nil {
		return err
	}
	if err := c.checkParts(); err != nil {
		return err
	}
	if err := c.checkSizes(); err != nil {
		return err
	}
	if d, err := time.ParseDuration(c.DrainDelay); err != nil || d < 0 || d > time.Minute {
		return fmt.Errorf("DCHAT_DRAIN_DELAY must be a time of at most a minute, such as 5s, not %q", c.DrainDelay)
	}
	for _, choice := range []struct{ name, value, allowed string }{
		{"DCHAT_EMAIL_VERIFICATION", c.EmailVerification, "auto required off"},
		{"DCHAT_WORKER", c.Worker, "on off"},
		{"DCHAT_MIGRATE", c.Migrate, "auto off"},
		{"DCHAT_RATE_LIMITS", c.RateLimits, "on off"},
		{"DCHAT_DEV", c.Dev, "on off"},
		{"DCHAT_LOG_LEVEL", c.LogLevel, "debug info warn error"},
		{"DCHAT_LOG_FORMAT", c.LogFormat, "text json"},
	} {
		if words := strings.Fields(choice.allowed); !slices.Contains(words, choice.value) {
			return fmt.Errorf("%s must be %s, not %q", choice.name, strings.Join(words, " or "), choice.value)
		}
	}
	return nil
}

func (c *Config) checkBaseURL() error {
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("DCHAT_BASE_URL must be like https://chat.example.org, without a path, not %q", c.BaseURL)
	}
	if port := u.Port(); port != "" && (!isPort(port) || port == "0") {
		return fmt.Errorf("DCHAT_BASE_URL must have a port from 1 to 65535, or none, not %q", c.BaseURL)
	}
	if c.BaseURL, err = web.Origin(c.BaseURL); err != nil {
		return fmt.Errorf("DCHAT_BASE_URL must have a name or an address that browsers take: %w", err)
	}
	return nil
}

// isAddress reports whether text is host:port, of which the host may be missing and the port be 0 for any that is free.
func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	return err == nil && isPort(port)
}

func isPort(text string) bool {
	_, err := net.LookupPort("tcp", text)
	return err == nil && text != ""
}

func (c *Config) checkParts() error {
	if c.DatabaseURL != "" && !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		return errors.New("DATABASE_URL must begin with postgres:// (unset, SQLite in the data folder is used)")
	}
	if c.RedisURL == "" {
		if c.Worker == "off" {
			return errors.New("DCHAT_WORKER is off but REDIS_URL is not set: without it no worker can run beside this node")
		}
		return nil
	}
	u, err := url.Parse(c.RedisURL)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" || u.Port() != "" && !isPort(u.Port()) {
		return errors.New("REDIS_URL must be like redis://host:6379")
	}
	if c.DatabaseURL == "" {
		return errors.New("REDIS_URL is set but DATABASE_URL is not: several nodes cannot share SQLite; set DATABASE_URL=postgres://… or unset REDIS_URL")
	}
	if c.Secret == "" {
		return errors.New("DCHAT_SECRET must be set together with REDIS_URL: all nodes need the same one")
	}
	return nil
}

// dsn is the database address for db.Open.
func (c *Config) dsn() string {
	if c.DatabaseURL != "" {
		return c.DatabaseURL
	}
	return "sqlite:" + filepath.Join(c.DataDir, "dchat.db")
}

// proxies are the trusted ones, as networks.
func (c *Config) proxies() (networks []netip.Prefix) {
	for _, text := range c.TrustedProxies {
		network, err := netip.ParsePrefix(text)
		if address, alone := netip.ParseAddr(text); err != nil && alone == nil {
			network = netip.PrefixFrom(address, address.BitLen())
		}
		networks = append(networks, network.Masked())
	}
	return networks
}

func (c *Config) drainDelay() time.Duration {
	delay, _ := time.ParseDuration(c.DrainDelay) // checked
	return delay
}

// verifyEmail reports whether addresses have to be confirmed.
func (c *Config) verifyEmail() bool {
	return c.EmailVerification == "required" || c.EmailVerification == "auto" && c.SMTPURL != ""
}

// Secure reports whether people reach the server by HTTPS.
func (c *Config) Secure() bool { return strings.HasPrefix(c.BaseURL, "https://") }

// Logger is the logger that the configuration asks for.
func (c *Config) Logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // checked
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}
