package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"dchat/app/config"
)

// Health asks the server or worker on this host whether it is ready or, if live is true, only whether it runs.
func Health(ctx context.Context, config config.Config, live bool) error {
	path := "/readyz"
	if live {
		path = "/healthz"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	private := "http://" + local(config.MetricsAddr) + path
	if config.AutoTLS() && config.MetricsAddr != "" { // a handshake without a certificate would call the authority, which limits calls
		return ask(ctx, config.Host(), private)
	}
	scheme := "http://"
	if config.OwnTLS() {
		scheme = "https://"
	}
	err := ask(ctx, config.Host(), scheme+local(config.Addr)+path)
	if errors.Is(err, syscall.ECONNREFUSED) && config.MetricsAddr != "" { // a worker has no other address
		err = ask(ctx, config.Host(), private)
	}
	return err
}

func ask(ctx context.Context, host, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		ServerName:         host,
		InsecureSkipVerify: true, // the server is this machine; its certificate is not what is checked
	}}}
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", answer.Status)
	}
	return nil
}

// local turns an address to listen on into one to connect to from the same machine.
func local(address string) string {
	host, port, _ := net.SplitHostPort(address)
	switch ip := net.ParseIP(host); {
	case host == "", ip != nil && ip.IsUnspecified() && ip.To4() != nil:
		host = "127.0.0.1"
	case ip != nil && ip.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
