package cli

import (
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"dchat/app"

	"github.com/spf13/cobra"
)

// loggedError is in the log already.
type loggedError struct{ error }

// failed writes the reason for which a server ends into its log, in the format of the log; at a terminal people read it.
func failed(log *slog.Logger, err error) error {
	if err == nil || isTerminal(os.Stderr) {
		return err
	}
	log.Error("dchat ends with an error", "error", err)
	return loggedError{err}
}

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the server (the default)",
		Long: `Runs the server until it is told to stop by SIGTERM or Ctrl+C. It then finishes what it
was asked to do, tells open pages to find another node, and ends. It takes no flags:
settings come from the environment, and the README lists them.`,
		RunE: func(c *cobra.Command, _ []string) error { return serve(c) },
	}
}

func serve(c *cobra.Command) error {
	config, log, err := setUp()
	if err != nil {
		return failed(log, err)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // most of the heap are sockets that do nothing: collecting them is cheap, keeping room is not
	}
	log.Info("starting", app.Describe(config)...)
	node, err := app.New(c.Context(), config, log)
	if err != nil {
		return failed(log, err)
	}
	if isTerminal(c.OutOrStdout()) {
		fmt.Fprintf(c.OutOrStdout(), "DChat %s is running. Open %s in your browser; Ctrl+C stops it.\n", app.Version(), node.URL())
	}
	return failed(log, node.Run(c.Context()))
}

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Do background jobs and nothing else",
		Long: `Does the jobs of the nodes that run with DCHAT_WORKER=off: e-mails, previews, copies of
data, clean-up. It needs their settings, and stops by SIGTERM or Ctrl+C.`,
		RunE: func(c *cobra.Command, _ []string) error {
			config, log, err := setUp()
			if err != nil {
				return failed(log, err)
			}
			log.Info("starting a worker", app.Describe(config)...)
			worker, err := app.NewWorker(c.Context(), config, log)
			if err != nil {
				return failed(log, err)
			}
			if isTerminal(c.OutOrStdout()) {
				fmt.Fprintf(c.OutOrStdout(), "DChat %s does the jobs of %s; Ctrl+C stops it.\n", app.Version(), worker.URL())
			}
			return failed(log, worker.Run(c.Context()))
		},
	}
}

func migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database up to date and end",
		Long: `Prepares the database for this release and ends. A node does that by itself when it
starts, unless DCHAT_MIGRATE=off. Where DATABASE_URL goes through a pooler, MIGRATE_URL is used.`,
		RunE: func(c *cobra.Command, _ []string) error {
			config, log, err := setUp()
			if err != nil {
				return failed(log, err)
			}
			return failed(log, app.Migrate(c.Context(), config, log))
		},
	}
}

func healthCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "health [live]",
		Short: "Ask the running server whether it is ready",
		Long: `Asks the server or worker of this machine whether it is ready, or with "live" only
whether its process answers. It ends with 0 if so and with 1 if not, and needs the settings
of the node that it asks. It is for health checks of containers.`,
		ValidArgs: []string{"live"},
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) == 1 && args[0] == "live" {
				return nil
			}
			return usage(c, `dchat health knows only "live", not %q`, args[len(args)-1])
		},
		RunE: func(c *cobra.Command, args []string) error {
			config, _, err := setUp()
			if err != nil {
				return err
			}
			return app.Health(c.Context(), config, len(args) > 0)
		},
	}
}
