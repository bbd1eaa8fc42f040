package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// OwnTLS reports whether the server speaks TLS itself, with TLSCert or with certificates that it fetches.
func (c *Config) OwnTLS() bool { return c.TLSCert != "" || c.AutoTLS() }

// AutoTLS reports whether the server fetches its certificates.
func (c *Config) AutoTLS() bool {
	return c.TLSCert == "" && (c.ACMEURL != "" || c.Secure() && port(c.Addr) == "443")
}

func (c *Config) checkTLS() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("DCHAT_TLS_CERT and DCHAT_TLS_KEY belong together: set both, or neither")
	}
	if c.TLSCert != "" && c.ACMEURL != "" {
		return errors.New("DCHAT_TLS_CERT and DCHAT_ACME_URL are both set; keep one")
	}
	for name, set := range map[string]bool{"DCHAT_TLS_CERT": c.TLSCert != "", "DCHAT_ACME_URL": c.ACMEURL != "", "DCHAT_ADDR with port 443": port(c.Addr) == "443"} {
		if set && !c.Secure() {
			return fmt.Errorf("%s needs a DCHAT_BASE_URL that begins with https://", name)
		}
	}
	if c.HTTPAddr != "" {
		if !isAddress(c.HTTPAddr) {
			return fmt.Errorf("DCHAT_HTTP_ADDR must be host:port, not %q", c.HTTPAddr)
		}
		if !c.OwnTLS() {
			return errors.New("DCHAT_HTTP_ADDR leads to https, but this server does not speak TLS: set DCHAT_TLS_CERT, or port 443 in DCHAT_ADDR")
		}
	}
	if !c.AutoTLS() {
		return nil
	}
	if u, err := url.Parse(c.ACMEURL); c.ACMEURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return errors.New("DCHAT_ACME_URL must be the address of an ACME directory, such as https://acme.example.org/directory")
	}
	if host := c.Host(); net.ParseIP(host) != nil || !strings.Contains(host, ".") {
		return fmt.Errorf("DCHAT_BASE_URL must have a full name for which certificates can be issued, not %q; or set DCHAT_TLS_CERT", host)
	}
	return nil
}

// Host is the host name of the base URL, without its port.
func (c *Config) Host() string {
	u, err := url.Parse(c.BaseURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
