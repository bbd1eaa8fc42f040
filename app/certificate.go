package app

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// authority fetches certificates for the host of the base URL, and for no other. It keeps certificates and open
// challenges in the data folder, so that nodes which share the folder answer each other's challenges.
type authority struct {
	autocert.Manager
	host string
	log  *slog.Logger

	mu     sync.Mutex
	logged time.Time
}

// logEvery bounds how often a missing certificate is logged: every handshake fails in the same way.
const logEvery = time.Minute

func (a *App) authority() *authority {
	host := a.config.Host()
	au := &authority{host: host, log: a.log, Manager: autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(filepath.Join(a.config.DataDir, "certificates")),
		HostPolicy: autocert.HostWhitelist(host),
	}}
	if a.config.ACMEURL != "" {
		au.Client = &acme.Client{DirectoryURL: a.config.ACMEURL}
	}
	return au
}

func (a *authority) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	certificate, err := a.GetCertificate(hello)
	if err != nil && hello.ServerName == a.host { // a request for another name is not our fault
		a.mu.Lock()
		defer a.mu.Unlock()
		if time.Since(a.logged) > logEvery {
			a.logged = time.Now()
			a.log.Warn("no certificate could be fetched", "host", a.host, "error", err)
		}
	}
	return certificate, err
}

// pair is a certificate with its key, read again when one of the files changes.
type pair struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	stamp  string // of the files that were loaded last
}

// get checks the files at each handshake, which costs far more than two calls of stat.
func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stampNow() != p.stamp {
		if err := p.load(); err != nil {
			p.log.Warn("the new certificate cannot be used, the old one stays", "error", err)
		} else {
			p.log.Info("a new certificate is used")
		}
	}
	return p.loaded, nil
}

func (p *pair) load() error {
	p.stamp = p.stampNow()
	certificate, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err == nil {
		p.loaded = &certificate
	}
	return err
}

func (p *pair) stampNow() string {
	stamp := ""
	for _, path := range []string{p.cert, p.key} {
		if info, err := os.Stat(path); err == nil {
			stamp += fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), " ")
		}
	}
	return stamp
}
