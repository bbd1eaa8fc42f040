package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"
)

// health asks the server or worker of this host whether it is ready, or only whether it lives.
func health(ctx context.Context, config Config, args []string) error {
	path := "/readyz"
	if len(args) > 0 {
		if args[0] != "live" {
			return fmt.Errorf("`dchat health` knows nothing but live, not %q", args[0])
		}
		path = "/healthz"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := ask(ctx, config.Addr, path)
	if errors.Is(err, syscall.ECONNREFUSED) && config.MetricsAddr != "" { // a worker listens nowhere else
		err = ask(ctx, config.MetricsAddr, path)
	}
	return err
}

func ask(ctx context.Context, address, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", answer.Status)
	}
	return nil
}
