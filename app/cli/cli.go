// Package cli is the command line of DChat.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"dchat/app"
	"dchat/app/config"
	"dchat/bench"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
)

const about = `DChat is a live chat between two people that anyone can host.

Without a command it runs the server. Settings come from the environment, such as
DCHAT_ADDR=:8080 and DCHAT_BASE_URL=https://chat.example.org; the README lists them.`

// Main runs the command line and ends the process: with 0, with 2 if the command line is wrong, with 1 if something else is.
func Main() {
	closeFiles()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	err := Execute(ctx, os.Args[1:], os.Stdout)
	stop()
	if err == nil {
		return
	}
	var logged loggedError
	if !errors.As(err, &logged) {
		fmt.Fprintln(os.Stderr, "dchat:", err)
	}
	if errors.As(err, new(usageError)) {
		os.Exit(2)
	}
	os.Exit(1)
}

// Execute carries out a command line. Its error is one sentence for the terminal.
func Execute(ctx context.Context, args []string, out io.Writer) error {
	cobra.MousetrapHelpText = "" // on Windows a double click runs the server
	root := command()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetContext(ctx)
	return root.Execute()
}

func command() *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:           "dchat",
		Short:         "A live chat between two people that anyone can host",
		Long:          about,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(c *cobra.Command, _ []string) error {
			if version {
				return sayVersion(c)
			}
			return serve(c)
		},
	}
	// No template of cobra's is set: they would bring text/template along, and with it a third of the program's size.
	root.Flags().BoolVarP(&version, "version", "v", false, "print the version")
	root.AddCommand(serveCommand(), workerCommand(), migrateCommand(), backupCommand(), restoreCommand(), healthCommand(), seedCommand(),
		bench.Command(), versionCommand(), decodeCommand())
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Short = "Write the script with which a shell completes commands"
	}
	root.SetHelpCommand(helpCommand(root))
	strict(root)
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		RunE:  func(c *cobra.Command, _ []string) error { return sayVersion(c) },
	}
}

func sayVersion(c *cobra.Command) error {
	_, err := fmt.Fprintln(c.OutOrStdout(), "dchat", app.Version())
	return err
}

// setUp reads the settings. The logger also becomes slog's default, for libraries.
func setUp() (config.Config, *slog.Logger, error) {
	config, err := config.FromEnv()
	log := config.Logger()
	if err == nil {
		slog.SetDefault(log)
	}
	return config, log, err
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
