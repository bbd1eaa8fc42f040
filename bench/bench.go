// Package bench is the load generator behind `dchat bench`. It speaks to a running server as
// browsers do, over HTTP and websockets, and knows nothing else of it: what it measures is what
// people would feel.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A report is what a command has found: its exported fields are the JSON, rows the text.
type report interface {
	rows() [][2]string
}

// A runner does what its command was asked. It may return a report beside an error: then the
// figures stand, but they are not what they have to be.
type runner func(ctx context.Context) (report, error)

type command struct {
	name    string
	aliases []string
	purpose string // one line for the overview
	about   string // a paragraph for the command's own help
	bind    func(*pflag.FlagSet) runner
}

func commands() []command {
	return []command{idleCommand, sendCommand, latencyCommand, reconnectCommand, presenceCommand, pageCommand, searchCommand, coldCommand, timingCommand}
}

// Command is `dchat bench`. A command of it returns an error of one sentence for wrong arguments, for a server that
// cannot be measured, and after the figures if messages were lost or sockets stayed away.
func Command() *cobra.Command {
	bench := &cobra.Command{
		Use:   "bench",
		Short: "Measure a running server",
		Long: `Measures a running DChat server from the outside, as browsers see it. Most commands need
signed-in people: make some with "dchat seed --people N --sessions FILE" and start the
server with DCHAT_RATE_LIMITS=off.`,
	}
	for _, c := range commands() {
		bench.AddCommand(c.command())
	}
	return bench
}

func (c command) command() *cobra.Command {
	made := &cobra.Command{Use: c.name + " [flags]", Aliases: c.aliases, Short: c.purpose, Long: c.about}
	made.Flags().SortFlags = false
	run := c.bind(made.Flags())
	asJSON := made.Flags().Bool("json", false, "write the figures as JSON")
	made.RunE = func(made *cobra.Command, _ []string) error {
		if err := c.run(made.Context(), made.OutOrStdout(), run, *asJSON); err != nil {
			return fmt.Errorf("dchat bench %s: %w", c.name, err)
		}
		return nil
	}
	return made
}

func (c command) run(ctx context.Context, out io.Writer, run runner, asJSON bool) error {
	// The generator shares the machine with what it measures: memory is cheaper than collecting.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	found, err := run(ctx)
	if found == nil {
		return err
	}
	return errors.Join(write(out, c.name, found, asJSON), err)
}

func write(out io.Writer, name string, found report, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(found)
	}
	_, err := io.WriteString(out, name+"\n"+table(found.rows()))
	return err
}

// table sets two columns.
func table(rows [][2]string) string {
	width := 0
	for _, row := range rows {
		width = max(width, utf8.RuneCountInString(row[0]))
	}
	var text strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&text, "  %-*s  %s\n", width, row[0], row[1])
	}
	return text.String()
}
