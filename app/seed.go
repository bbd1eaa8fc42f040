package app

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"

	"dchat/app/chat"
	"dchat/app/folder"
	"dchat/app/web"
	"dchat/db"
)

// seed fills the database for trying out and measuring.
func seed(ctx context.Context, config Config, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("dchat seed", flag.ContinueOnError)
	flags.SetOutput(out)
	people := flags.Int("people", 100, "how many people to make (person00000, person00001, …); 2k and 2k+1 are contacts")
	messages := flags.Int("messages", 20, "how many messages each pair has written")
	password := flags.String("password", "correct horse battery", "everybody's password")
	sessions := flags.String("sessions", "", "a file to write one line a person into: username, a tab, the session cookie")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *people < 0 || *people > 100_000 || *messages < 0 {
		return fmt.Errorf("dchat seed: --people is 0 to 100000, and --messages is not negative")
	}
	if err := Migrate(ctx, config, config.Logger()); err != nil {
		return err
	}
	database, err := db.Open(ctx, config.dsn())
	if err != nil {
		return err
	}
	defer database.Close()
	store := chat.NewStore(chat.Options{DB: database, Log: config.Logger(), Changed: func([]chat.Change) {}})
	defer store.Close()
	made, err := store.Seed(ctx, chat.Seeding{People: *people, Messages: *messages, Password: *password})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d people, %d messages in each of %d conversations\n", *people, *messages, *people/2)
	if *sessions == "" {
		return nil
	}
	return writeSessions(*sessions, made, web.CookieName(config.Secure()))
}

func writeSessions(path string, made []chat.SeededSession, cookie string) error {
	file, err := folder.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	for _, s := range made {
		fmt.Fprintf(w, "%s\t%s=%s\n", s.Username, cookie, s.Token)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}
