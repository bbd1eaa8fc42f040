package app

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"

	"dchat/app/notify/push"
	"dchat/app/web"
)

func (a *App) openPush(context.Context) (err error) {
	if a.config.Push == "off" {
		return nil
	}
	contact := ""
	if a.config.Secure() {
		contact = a.config.BaseURL
	} else if sender, err := mail.ParseAddress(a.config.MailSender()); err == nil {
		contact = sender.Address
	}
	local := a.config.Push == "local"
	if local {
		a.log.Warn("push messages may go to addresses of local networks: for tests only")
	}
	a.push, err = push.New(push.Options{Secret: []byte(a.config.Secret), Contact: cmp.Or(contact, "dchat@localhost"), Local: local})
	if err != nil {
		return fmt.Errorf("DCHAT_SECRET: %w", err)
	}
	a.onClose(a.push.Close)
	return nil
}

// visible reports whether a person looks at a page of theirs. It is not known: the page that is looked at shows no
// notification itself.
func (a *App) visible(context.Context, int64) bool { return false }

func (a *App) pushOptions() web.Push {
	if a.push == nil {
		return web.Push{}
	}
	return web.Push{Key: a.push.Key(), Check: func(endpoint, p256dh, auth string) error {
		return a.push.Check(push.Target{Endpoint: endpoint, P256dh: p256dh, Auth: auth})
	}}
}
