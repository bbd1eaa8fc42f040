package app

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"
	"time"

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

// looks reports whether a person looks at a page of this node, which tells them itself. Whether they look at one of another
// node is not asked: the push is then withdrawn by that page.
func (a *App) looks(user int64) bool {
	return a.hub.Visible(user, time.Now().Add(-a.config.Online()))
}

func (a *App) pushOptions() web.Push {
	if a.push == nil {
		return web.Push{}
	}
	return web.Push{Key: a.push.Key(), Check: func(endpoint, p256dh, auth string) error {
		return a.push.Check(push.Target{Endpoint: endpoint, P256dh: p256dh, Auth: auth})
	}}
}
