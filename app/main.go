package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"dchat/app/bench"
)

const usage = `DChat, a live 1:1 chat.

  dchat [serve]    run the server (the default)
  dchat worker     do the jobs (letters, copies of data, clean-up) and nothing else
  dchat migrate    bring the database up to date and end
  dchat backup     write an archive of everything to a FILE, or to standard output; the server may run
  dchat restore    fill an empty database and an empty folder from the archive in a FILE, or from standard input
  dchat health     ask the running server whether it is ready, or "health live": whether it runs (for container health checks)
  dchat seed       fill the database with people and messages, for trying out and measuring
  dchat bench      measure a running server
  dchat version    say which version this is

Settings come from the environment; the README lists them.
`

// Main is the command line. Its error is one sentence for the terminal.
func Main(ctx context.Context, args []string, out io.Writer) error {
	command := "serve"
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	switch command {
	case "bench":
		return bench.Run(ctx, args, out)
	case "version":
		_, err := fmt.Fprintln(out, "dchat", version())
		return err
	case "help", "-h", "--help":
		_, err := fmt.Fprint(out, usage)
		return err
	}
	config, err := FromEnv()
	if err != nil {
		return err
	}
	switch command {
	case "serve":
		return serve(ctx, config, out)
	case "worker":
		return work(ctx, config, out)
	case "migrate":
		return Migrate(ctx, config, logger(config))
	case "health":
		return health(ctx, config, args)
	case "backup":
		return writeBackup(ctx, config, args, out)
	case "restore":
		return readBackup(ctx, config, args, out)
	case "seed":
		return seed(ctx, config, args, out)
	}
	return fmt.Errorf("there is no command %q; `dchat help` lists them", command)
}

func serve(ctx context.Context, config Config, out io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // most of the heap are sockets that do nothing: collecting them is cheap, keeping room is not
	}
	node, err := New(ctx, config, logger(config))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "DChat %s is running. Open %s in your browser; Ctrl+C stops it.\n", version(), node.URL())
	return node.Run(ctx)
}

func work(ctx context.Context, config Config, out io.Writer) error {
	worker, err := NewWorker(ctx, config, logger(config))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "DChat %s does the jobs of %s; Ctrl+C stops it.\n", version(), worker.URL())
	return worker.Run(ctx)
}

// logger is also for what libraries and far rooms have to say.
func logger(config Config) *slog.Logger {
	log := config.Logger()
	slog.SetDefault(log)
	return log
}

// Version is stamped at the build of a release; without it, the module's own counts.
var Version string

func version() string {
	if Version != "" {
		return Version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
