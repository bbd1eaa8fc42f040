// Command dchat is a live 1:1 chat that anyone can host.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"dchat/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := app.Main(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "dchat:", err)
		os.Exit(1)
	}
}
