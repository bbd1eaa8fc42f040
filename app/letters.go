package app

import (
	"context"
	"net/url"
	"time"

	"dchat/app/chat"
	"dchat/app/mail"
)

// mailFrom is the sender of letters: as configured, or dchat@ the host of the base URL.
func (c *Config) mailFrom() string {
	if c.MailFrom != "" {
		return c.MailFrom
	}
	host := "localhost"
	if u, err := url.Parse(c.BaseURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return "DChat <dchat@" + host + ">"
}

// welcome greets a new person by letter. Nobody waits for it, and a mail server that is down
// spoils nothing.
func (a *App) welcome(user *chat.User) {
	letter := mail.Letter{
		To:      user.Email,
		Subject: "Welcome to DChat",
		Text: "Hello " + user.Username + ",\n\nyour account is ready. Sign in with this address or with your username:\n\n" +
			a.URL() + "/login\n\nSearch for somebody you know, and ask them to chat.\n",
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := a.mail.Send(ctx, letter); err != nil {
			a.log.Warn("a letter could not be sent", "subject", letter.Subject, "error", err)
		}
	}()
}
