package app

import (
	"context"
	"fmt"
	"path/filepath"

	"dchat/app/notify"
)

func (a *App) openMail(context.Context) (err error) {
	a.mail, err = notify.New(a.config.SMTPURL, a.config.MailSender(), filepath.Join(a.config.DataDir, "outbox"), a.log)
	if err != nil {
		return fmt.Errorf("SMTP_URL or DCHAT_MAIL_FROM: %w", err)
	}
	return nil
}
