// Package app wires the rooms together: configuration in, a running node out.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"dchat/app/chat"
	"dchat/app/limit"
	"dchat/app/live"
	"dchat/app/mail"
	"dchat/app/push"
	"dchat/app/web"
	"dchat/db"
)

// App is one node. New opens everything, Run serves until its context ends.
type App struct {
	config   Config
	log      *slog.Logger
	listener net.Listener
	closers  []func() // in the order of opening
	epoch    string

	store  *chat.Store
	broker live.Broker
	hub    *live.Hub
	push   *push.Push
	web    *web.Web
	mail   *mail.Mailer
}

// New opens the data folder, the database and the bus, and listens. The port is taken only when
// everything else is there, but nothing is answered before Run.
func New(ctx context.Context, config Config, log *slog.Logger) (_ *App, err error) {
	a := &App{config: config, log: log}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	for _, open := range []func(context.Context) error{a.openData, a.openMail, a.openStore, a.openLive, a.openWeb} {
		if err := open(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *App) openData(context.Context) error {
	if err := os.MkdirAll(a.config.DataDir, 0o700); err != nil {
		return fmt.Errorf("DCHAT_DATA_DIR cannot be made: %w", err)
	}
	if a.config.DatabaseURL == "" {
		unlock, err := lockFolder(a.config.DataDir)
		if err != nil {
			return err
		}
		a.onClose(unlock)
	}
	return a.config.loadSecret()
}

func (a *App) openMail(context.Context) (err error) {
	a.mail, err = mail.New(a.config.SMTPURL, a.config.mailFrom(), filepath.Join(a.config.DataDir, "outbox"), a.log)
	if err != nil {
		return fmt.Errorf("SMTP_URL or DCHAT_MAIL_FROM: %w", err)
	}
	return nil
}

func (a *App) openStore(ctx context.Context) error {
	if a.config.Migrate == "auto" {
		if err := Migrate(ctx, a.config); err != nil {
			return err
		}
	}
	database, err := db.Open(ctx, a.config.dsn())
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	a.onClose(func() { _ = database.Close() })
	switch current, err := database.Migrated(ctx); {
	case err != nil:
		return err
	case !current:
		return errors.New("the database needs a migration: run `dchat migrate`, or set DCHAT_MIGRATE=auto")
	}
	if err := a.claim(ctx, database); err != nil {
		return err
	}
	if a.config.RedisURL == "" {
		a.broker = live.NewMemoryBroker()
	} else if a.broker, err = live.NewRedisBroker(a.config.RedisURL); err != nil {
		return fmt.Errorf("REDIS_URL: %w", err)
	}
	a.store = chat.NewStore(chat.Options{
		DB: database, Log: a.log, Fresh: a.broker.Healthy,
		Changed: func(changes []chat.Change) { a.push.Changed(changes) },
	})
	a.onClose(a.store.Close)
	return nil
}

// claim keeps nodes that cannot hear each other off one database. The claim belongs to a session of
// the database, so it goes past a pooler.
func (a *App) claim(ctx context.Context, database *db.DB) (err error) {
	if a.config.MigrateURL != "" {
		if database, err = db.Open(ctx, a.config.MigrateURL); err != nil {
			return fmt.Errorf("MIGRATE_URL: %w", err)
		}
		a.onClose(func() { _ = database.Close() })
	}
	release, err := database.Claim(ctx, a.config.RedisURL == "")
	if errors.Is(err, db.ErrClaimed) {
		return errors.New("another node is running on this database: nodes that share one all need REDIS_URL")
	}
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	a.onClose(release)
	return nil
}

func (a *App) openLive(ctx context.Context) error {
	var err error
	if a.epoch, err = a.store.Epoch(ctx); err != nil {
		return err
	}
	a.hub = live.NewHub(a.broker, live.Options{
		Epoch: func() string { return a.epoch },
		CatchUp: func(ctx context.Context, user int64, c live.Cursor) (live.Frame, error) {
			return a.push.CatchUp(ctx, user, c)
		},
		Versions: a.store.Versions,
		Alive:    a.store.SessionsAlive,
		Logger:   a.log,
	})
	a.push = push.New(push.Options{Store: a.store, Publish: a.hub.Publish, Epoch: a.epoch, Log: a.log})
	return nil
}

func (a *App) openWeb(context.Context) (err error) {
	if a.config.RateLimits == "off" {
		a.log.Warn("rate limits are off: for load tests only")
	}
	a.web = web.New(web.Options{
		Store: a.store, Hub: a.hub, Log: a.log, Epoch: a.epoch,
		Limit:   limit.New(a.config.RateLimits == "on"),
		BaseURL: a.config.BaseURL, TrustedProxies: a.config.TrustedProxies,
		Welcome: a.welcome,
	})
	if a.listener, err = net.Listen("tcp", a.config.Addr); err != nil {
		return fmt.Errorf("DCHAT_ADDR: %w", err)
	}
	return nil
}

func (a *App) onClose(f func()) { a.closers = append(a.closers, f) }

// close undoes New, the last first.
func (a *App) close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		a.closers[i]()
	}
}

// URL is where a browser finds the node.
func (a *App) URL() string {
	if a.config.BaseURL != "" {
		return a.config.BaseURL
	}
	host, port, _ := net.SplitHostPort(a.listener.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Run serves until ctx ends, then drains: nothing that was acknowledged is lost, and pages find
// another node, or this one again.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.hub.Start(work)
	go a.push.Run()
	var ending atomic.Bool
	failed := make(chan error, 1)
	go func() {
		if err := a.web.App().Listener(a.listener); err != nil && !ending.Load() {
			failed <- err
		}
	}()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		ending.Store(true)
	}
	a.drain()
	stop()
	a.broker.Close()
	return err
}

// How long a drain may take, for requests and then for sockets.
const drainWithin = 10 * time.Second

func (a *App) drain() {
	a.web.Drain()
	requests, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	if err := a.web.Shutdown(requests); err != nil {
		a.log.Warn("some requests did not end in time", "error", err)
	}
	a.store.Close()
	a.push.Close()
	sockets, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	a.hub.Drain(sockets)
}
