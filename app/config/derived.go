package config

import (
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// DSN is the address of the database, for db.Open.
func (c *Config) DSN() string {
	if c.DatabaseURL != "" {
		return c.DatabaseURL
	}
	return "sqlite:" + filepath.Join(c.DataDir, "dchat.db")
}

// Proxies are the trusted proxies as networks.
func (c *Config) Proxies() (networks []netip.Prefix) {
	for _, text := range c.TrustedProxies {
		network, err := netip.ParsePrefix(text)
		if address, alone := netip.ParseAddr(text); err != nil && alone == nil {
			network = netip.PrefixFrom(address, address.BitLen())
		}
		networks = append(networks, network.Masked())
	}
	return networks
}

// DrainFor is DrainDelay as a duration.
func (c *Config) DrainFor() time.Duration {
	delay, _ := time.ParseDuration(c.DrainDelay) // checked
	return delay
}

// noEditLimit is the EditWindow without an end.
const noEditLimit = "none"

// EditFor is EditWindow as a duration, and limited reports whether there is one.
func (c *Config) EditFor() (window time.Duration, limited bool) {
	window, _ = time.ParseDuration(c.EditWindow) // checked
	return window, c.EditWindow != noEditLimit
}

// Online is OnlineFor as a duration.
func (c *Config) Online() time.Duration {
	window, _ := time.ParseDuration(c.OnlineFor) // checked
	return window
}

// VerifiesEmail reports whether people must confirm their address.
func (c *Config) VerifiesEmail() bool {
	return c.EmailVerification == "required" || c.EmailVerification == "auto" && c.SMTPURL != ""
}

// Secure reports whether people reach the server by HTTPS.
func (c *Config) Secure() bool { return strings.HasPrefix(c.BaseURL, "https://") }

// Logger returns a logger to standard error with the configured level and format.
func (c *Config) Logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // checked
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

// FilesDir is where the files of messages and previews are.
func (c *Config) FilesDir() string { return filepath.Join(c.DataDir, "files") }

// MailSender is the sender of emails: as configured, or dchat@ the host of the base URL.
func (c *Config) MailSender() string {
	if c.MailFrom != "" {
		return c.MailFrom
	}
	host := "localhost"
	if u, err := url.Parse(c.BaseURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return "DChat <dchat@" + host + ">"
}
