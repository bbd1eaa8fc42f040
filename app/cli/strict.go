package cli

import (
	"fmt"
	"regexp"
	"strings"

	"dchat/app/nearest"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError is a command line that is wrong: nothing was done.
type usageError struct{ error }

func usage(c *cobra.Command, format string, values ...any) error {
	return usageError{fmt.Errorf("%s (%q says what there is)", fmt.Sprintf(format, values...), c.CommandPath()+" --help")}
}

// strict makes every command refuse unknown arguments and flags.
func strict(c *cobra.Command) {
	c.SetFlagErrorFunc(wrongFlag)
	c.DisableFlagsInUseLine = true
	switch {
	case c.HasAvailableSubCommands():
		c.Args = knownCommand
		if !c.Runnable() {
			c.RunE = func(c *cobra.Command, args []string) error { return explain(c, args[min(1, len(args)):]) }
		}
	case c.Args == nil:
		c.Args = noArguments
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, sub := range c.Commands() {
		strict(sub)
	}
}

// knownCommand is only called with arguments that are not a command. Of a group, `dchat bench help` is its help.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 || c.HasParent() && args[0] == "help" {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	return usage(c, "unknown command %q%s", c.CommandPath()+" "+args[0], meant(args[0], names, ""))
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage(c, "%s takes no argument, and here is %q", c.CommandPath(), args[0])
}

// oneFile allows a FILE.
func oneFile(c *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return usage(c, "%s takes one FILE, and here is %q as well", c.CommandPath(), args[1])
}

var unknownFlag = regexp.MustCompile(`^unknown (?:shorthand )?flag: (?:'.' in )?-*(\S+)`)

func wrongFlag(c *cobra.Command, err error) error {
	m := unknownFlag.FindStringSubmatch(err.Error())
	if m == nil {
		return usage(c, "%s: %s", c.CommandPath(), err)
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return usage(c, "%s has no flag %q%s", c.CommandPath(), m[1], meant(m[1], names, "--"))
}

func meant(unknown string, names []string, prefix string) string {
	name := nearest.Name(strings.TrimLeft(unknown, "-"), names)
	if name == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", prefix+name)
}

func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain a command",
		ValidArgsFunction: func(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
			for _, c := range root.Commands() {
				names = append(names, c.Name())
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		Args: func(*cobra.Command, []string) error { return nil },
		RunE: func(_ *cobra.Command, args []string) error { return explain(root, args) },
	}
}

// explain shows the help of the command that args lead to.
func explain(from *cobra.Command, args []string) error {
	found, rest, err := from.Find(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return knownCommand(found, rest)
	}
	found.InitDefaultHelpFlag()
	return found.Help()
}
