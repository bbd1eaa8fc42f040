package cli

import (
	"fmt"

	"dchat/app"

	"github.com/spf13/cobra"
)

func seedCommand() *cobra.Command {
	var s app.Seeding
	c := &cobra.Command{
		Use:   "seed [flags]",
		Short: "Fill the database with made-up people and messages",
		Long: `Adds people and messages to the database of the settings, for trying out and measuring.
The people are person00000, person00001 and so on; 2k and 2k+1 are contacts and have written to each other.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if s.People < 0 || s.People > 100_000 || s.Messages < 0 || s.Words < 0 || s.Words > 1000 {
				return usage(c, "--people is 0 to 100000, --messages is not negative, and --words is 0 to 1000")
			}
			config, log, err := setUp()
			if err != nil {
				return err
			}
			if err := app.Seed(c.Context(), config, log, s); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%d people, %d messages in each of %d conversations\n", s.People, s.Messages, s.People/2)
			return err
		},
	}
	c.Flags().IntVar(&s.People, "people", 100, "`NUMBER` of people to make")
	c.Flags().IntVar(&s.Messages, "messages", 20, "`NUMBER` of messages that each pair has written")
	c.Flags().IntVar(&s.Words, "words", 0, "`NUMBER` of made-up words in each message, for searches")
	c.Flags().StringVar(&s.Password, "password", "correct horse battery", "`PASSWORD` of all of them")
	c.Flags().StringVar(&s.Sessions, "sessions", "", "`FILE` that gets a line for each person: username, a tab, the session cookie")
	return c
}
