// Package bench is the load generator behind `dchat bench`. It speaks to a running server as
// browsers do, over HTTP and websockets, and knows nothing else of it: what it measures is what
// people would feel.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"
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
	purpose string // one line for the overview
	about   string // a paragraph for the command's own help
	bind    func(*flag.FlagSet) runner
}

func commands() []command {
	return []command{idleCommand, sendCommand, latencyCommand, reconnectCommand, pageCommand, coldCommand, doorsCommand}
}

// Run carries out `dchat bench` with the arguments after that word and writes the outcome to out.
// It returns an error of one sentence for wrong arguments, for a server that cannot be measured,
// and after the figures if messages were lost or sockets stayed away.
func Run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		return overview(out)
	}
	all := commands()
	at := slices.IndexFunc(all, func(c command) bool { return c.name == args[0] })
	if at < 0 {
		return fmt.Errorf("dchat bench knows no %q: it has idle, send, latency, reconnect, page, cold and doors", args[0])
	}
	if err := all[at].run(ctx, args[1:], out); err != nil {
		return fmt.Errorf("dchat bench %s: %w", args[0], err)
	}
	return nil
}

func (c command) run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "write the figures as JSON")
	run := c.bind(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return c.help(flags, out)
	case err != nil:
		return fmt.Errorf("%w (--help names what it takes)", err)
	case flags.NArg() > 0:
		return fmt.Errorf("does not understand %q (--help names what it takes)", flags.Arg(0))
	}
	// The generator shares the machine with what it measures: memory is cheaper than collecting.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	found, err := run(ctx)
	if found == nil {
		return err
	}
	return errors.Join(write(out, c.name, found, *asJSON), err)
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

func overview(out io.Writer) error {
	var rows [][2]string
	for _, c := range commands() {
		rows = append(rows, [2]string{"dchat bench " + c.name, c.purpose})
	}
	_, err := io.WriteString(out, "Measures a running DChat server from the outside, as browsers see it.\n\n"+table(rows)+
		"\nEach explains itself with --help. Most need signed-in people: make some with\n"+
		"`dchat seed --people N --sessions FILE` and start the server with DCHAT_RATE_LIMITS=off.\n")
	return err
}

func (c command) help(flags *flag.FlagSet, out io.Writer) error {
	var rows [][2]string
	flags.VisitAll(func(f *flag.Flag) {
		kind, usage := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "false" {
			usage += " (" + f.DefValue + " unless told otherwise)"
		}
		rows = append(rows, [2]string{strings.TrimRight("--"+f.Name+" "+kind, " "), usage})
	})
	_, err := io.WriteString(out, c.about+"\n\n"+table(rows))
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
