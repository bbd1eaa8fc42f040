package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/config"
	"dchat/app/folder"
	"dchat/app/web"
	"dchat/db"
)

// Seeding configures Seed.
type Seeding struct {
	People, Messages int // Messages counts those of each pair
	Words            int // that each message has of a language that does not exist
	Password         string
	Sessions         string // a file to write their session cookies to, or ""
}

// Seed fills the database with people and messages, for trials and measurements.
func Seed(ctx context.Context, config config.Config, log *slog.Logger, s Seeding) error {
	if err := Migrate(ctx, config, log); err != nil {
		return err
	}
	database, err := db.Open(ctx, config.DSN())
	if err != nil {
		return err
	}
	defer database.Close()
	made, err := chat.Seed(ctx, database, chat.Seeding{People: s.People, Messages: s.Messages, Words: s.Words, Password: s.Password})
	if db.IsConflict(err) {
		return errors.New("the database contains seeded people already: seed an empty one")
	}
	if err != nil || s.Sessions == "" {
		return err
	}
	return writeSessions(s.Sessions, made, web.CookieName(config.Secure()))
}

func writeSessions(path string, made []account.SeededSession, cookie string) error {
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
