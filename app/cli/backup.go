package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"dchat/app"
	"dchat/app/backup"
	"dchat/app/config"

	"github.com/spf13/cobra"
)

const backupLong = `Writes people, messages, waiting jobs and files, as they are at one moment, to one archive:
to FILE, or to standard output. Servers may run meanwhile. The archive is as secret as the
database. An existing FILE is not overwritten. The command needs the settings of the server.

With --folder the archive gets a name with its time, and the oldest ones beyond --keep are
removed; with --every it repeats that.`

const backupExample = `  dchat backup chat.tar
  dchat backup | ssh elsewhere 'cat >chat.tar'
  dchat backup --folder /var/backups/dchat --keep 14
  dchat backup --folder /backups --every 24h`

func backupCommand() *cobra.Command {
	var s schedule
	c := &cobra.Command{
		Use:     "backup [FILE]",
		Short:   "Write an archive of everything; the server may run",
		Long:    backupLong,
		Example: backupExample,
		Args:    oneFile,
		RunE: func(c *cobra.Command, args []string) error {
			if err := s.check(c, args); err != nil {
				return err
			}
			config, log, err := setUp()
			if err != nil {
				return err
			}
			switch {
			case s.folder != "":
				return s.run(c.Context(), config, log)
			case len(args) > 0 && args[0] != "-":
				return say(c.OutOrStdout(), "Backed up:")(backupFile(c.Context(), config, log, args[0]))
			}
			return impatiently(c.Context(), c.OutOrStdout(), func(to io.Writer) error {
				return say(os.Stderr, "Backed up:")(app.Backup(c.Context(), config, log, to))
			})
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&s.folder, "folder", "", "`FOLDER` in which archives are kept")
	c.Flags().IntVar(&s.keep, "keep", 14, "`NUMBER` of archives that stay in the folder")
	c.Flags().DurationVar(&s.every, "every", 0, "`TIME` from one archive to the next, such as 24h; without it there is one")
	return c
}

func (s schedule) check(c *cobra.Command, args []string) error {
	switch {
	case s.folder == "" && (c.Flags().Changed("every") || c.Flags().Changed("keep")):
		return usage(c, "--every and --keep need a --folder")
	case s.folder != "" && len(args) > 0:
		return usage(c, "either --folder or a FILE, not both")
	case s.keep < 1:
		return usage(c, "--keep is at least 1")
	case c.Flags().Changed("every") && s.every < time.Minute:
		return usage(c, "--every is at least 1m")
	case s.folder == "" && (len(args) == 0 || args[0] == "-") && isTerminal(c.OutOrStdout()):
		return usage(c, "an archive is nothing for a terminal: name a FILE, or send the output somewhere")
	}
	return nil
}

// say prints what an archive holds.
func say(out io.Writer, what string) func(*backup.Summary, error) error {
	return func(summary *backup.Summary, err error) error {
		if err == nil {
			_, err = fmt.Fprintln(out, what, summary)
		}
		return err
	}
}

// backupFile gives the archive its name when it is whole, and only the owner may read it.
func backupFile(ctx context.Context, config config.Config, log *slog.Logger, path string) (*backup.Summary, error) {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is there already; no archive is written over", path)
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".part-*") // 0600
	if err != nil {
		return nil, err
	}
	defer func() { _ = errors.Join(part.Close(), os.Remove(part.Name())) }() // closed and renamed if all went well
	summary, err := app.Backup(ctx, config, log, part)
	if err == nil {
		err = part.Sync()
	}
	if err == nil {
		err = part.Close()
	}
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	return summary, err
}

func restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore [FILE]",
		Short: "Fill an empty database and an empty folder from an archive",
		Long: `Reads an archive of "dchat backup" from FILE, or from standard input without one, into a
database without people and a folder without files. All servers have to be stopped. It
restores everything or nothing, and needs the settings of the server.`,
		Args: oneFile,
		RunE: func(c *cobra.Command, args []string) error {
			toRead := os.Stdin
			switch {
			case len(args) == 1 && args[0] != "-":
				file, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer file.Close()
				toRead = file
			case isTerminal(toRead):
				return usage(c, "name the FILE of an archive, or send one to standard input")
			}
			config, log, err := setUp()
			if err != nil {
				return err
			}
			return say(c.OutOrStdout(), "Restored:")(app.Restore(c.Context(), config, log, impatient(c.Context(), toRead)))
		},
	}
}
