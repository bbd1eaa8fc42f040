package cli

import (
	"dchat/app/files/picture"

	"github.com/spf13/cobra"
)

// decodeCommand is the hidden command by which the server decodes a picture in a process of its own.
func decodeCommand() *cobra.Command {
	return &cobra.Command{
		Use:    picture.DecodeCommand,
		Short:  "Decode a picture for the server",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return picture.DecodeApart(c.Context(), args, c.InOrStdin(), c.OutOrStdout())
		},
	}
}
