package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"dchat/app/listen"

	"golang.org/x/crypto/acme"
)

// openListener takes the port, with TLS if the server speaks it itself.
func (a *App) openListener(context.Context) error {
	var secure *tls.Config
	if a.config.OwnTLS() {
		var plain http.Handler
		var err error
		if secure, plain, err = a.tls(); err != nil {
			return err
		}
		if err := a.openPlain(plain); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", a.config.Addr)
	if err != nil {
		return fmt.Errorf("DCHAT_ADDR: %w", err)
	}
	if a.listener = a.gate.Listener(listener); secure != nil {
		a.listener = tls.NewListener(a.listener, secure)
	}
	return nil
}

// tls returns the TLS configuration, and the handler for requests without TLS.
func (a *App) tls() (*tls.Config, http.Handler, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}} // Fiber supports no other
	plain := http.HandlerFunc(a.toHTTPS)
	if a.config.AutoTLS() {
		authority := a.authority()
		config.GetCertificate = authority.get
		config.NextProtos = append(config.NextProtos, acme.ALPNProto)
		return config, authority.HTTPHandler(plain), nil
	}
	own := &pair{cert: a.config.TLSCert, key: a.config.TLSKey, log: a.log}
	if err := own.load(); err != nil {
		return nil, nil, fmt.Errorf("DCHAT_TLS_CERT and DCHAT_TLS_KEY: %w", err)
	}
	config.GetCertificate = own.get
	return config, plain, nil
}

// openPlain listens for requests without TLS. If DCHAT_HTTP_ADDR is unset a failure is only logged, since certificates
// can be fetched without that port.
func (a *App) openPlain(handler http.Handler) error {
	address := a.config.HTTPAddr
	if address == "" {
		host, port, _ := net.SplitHostPort(a.config.Addr)
		if port != "443" {
			return nil
		}
		address = net.JoinHostPort(host, "80")
	}
	listener, err := net.Listen("tcp", address)
	if err != nil && a.config.HTTPAddr == "" {
		a.log.Warn("requests without https are not redirected: port 80 is not available", "error", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("DCHAT_HTTP_ADDR: %w", err)
	}
	server := &http.Server{
		Handler: handler, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second,
		MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), ConnState: listen.Watch,
	}
	go func() { _ = server.Serve(a.gate.Listener(listener)) }() // ends when the server is closed
	a.onClose(func() { _ = server.Close() })
	return nil
}

// toHTTPS redirects to the same page with TLS.
func (a *App) toHTTPS(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !strings.HasPrefix(r.URL.Path, "/") {
		http.Error(w, "use https", http.StatusBadRequest)
		return
	}
	w.Header().Set("Connection", "close")
	http.Redirect(w, r, a.config.BaseURL+r.URL.RequestURI(), http.StatusMovedPermanently)
}
