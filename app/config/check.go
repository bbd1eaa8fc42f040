package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"dchat/app/address"
)

func (c *Config) check() error {
	for _, check := range []func() error{
		c.checkAddresses, c.checkBaseURL, c.checkProxies, c.checkTLS, c.checkParts, c.checkSizes, c.checkDrainDelay, c.checkEditWindow, c.checkOnlineFor, c.checkChoices,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkAddresses() error {
	if !isAddress(c.Addr) {
		return fmt.Errorf("DCHAT_ADDR must be host:port, not %q", c.Addr)
	}
	if c.MetricsAddr != "" && (!isAddress(c.MetricsAddr) || c.MetricsAddr == c.Addr) {
		return fmt.Errorf("DCHAT_METRICS_ADDR must be host:port and differ from DCHAT_ADDR, not %q", c.MetricsAddr)
	}
	return nil
}

func (c *Config) checkProxies() error {
	for _, p := range c.TrustedProxies {
		_, network := netip.ParsePrefix(p)
		_, address := netip.ParseAddr(p)
		if network != nil && address != nil {
			return fmt.Errorf("DCHAT_TRUSTED_PROXIES must be addresses or networks, not %q", p)
		}
	}
	return nil
}

func (c *Config) checkDrainDelay() error {
	if d, err := time.ParseDuration(c.DrainDelay); err != nil || d < 0 || d > time.Minute {
		return fmt.Errorf("DCHAT_DRAIN_DELAY must be a time of at most a minute, such as 5s, not %q", c.DrainDelay)
	}
	return nil
}

func (c *Config) checkEditWindow() error {
	if c.EditWindow == noEditLimit {
		return nil
	}
	if d, err := time.ParseDuration(c.EditWindow); err != nil || d < 0 {
		return fmt.Errorf("DCHAT_EDIT_WINDOW must be a time such as 24h, 0 or none, not %q", c.EditWindow)
	}
	return nil
}

func (c *Config) checkOnlineFor() error {
	if d, err := time.ParseDuration(c.OnlineFor); err != nil || d < 3*time.Second || d > time.Minute {
		return fmt.Errorf("DCHAT_ONLINE_FOR must be a time from 3s to 1m, not %q", c.OnlineFor)
	}
	return nil
}

func (c *Config) checkChoices() error {
	for _, choice := range []struct{ name, value, allowed string }{
		{"DCHAT_EMAIL_VERIFICATION", c.EmailVerification, "auto required off"},
		{"DCHAT_PUSH", c.Push, "on off local"},
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
	if c.BaseURL, err = address.Origin(c.BaseURL); err != nil {
		return fmt.Errorf("DCHAT_BASE_URL must have a host name or address that browsers accept: %w", err)
	}
	return nil
}

// isAddress reports whether text is host:port. The host may be empty; port 0 is any free port.
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
