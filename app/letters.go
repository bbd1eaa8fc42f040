package app

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"

	"dchat/app/notify"
)

func (a *App) openMail(context.Context) (err error) {
	a.mail, err = notify.New(a.config.SMTPURL, a.config.mailFrom(), filepath.Join(a.config.DataDir, "outbox"), a.log)
	if err != nil {
		return fmt.Errorf("SMTP_URL or DCHAT_MAIL_FROM: %w", err)
	}
	return nil
}

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
