// Package app wires the rooms together: configuration in, a running node out.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/broadcast"
	"dchat/app/chat"
	"dchat/app/config"
	"dchat/app/files"
	"dchat/app/jobs"
	"dchat/app/limit"
	"dchat/app/listen"
	"dchat/app/live"
	"dchat/app/metrics"
	"dchat/app/notify"
	"dchat/app/notify/push"
	"dchat/app/store"
	"dchat/app/web"
	"dchat/db"
)

// App is one node. New opens everything, Run serves until its context ends.
type App struct {
	config    config.Config
	log       *slog.Logger
	gate      *listen.Gate // of the listeners that people reach
	listener  net.Listener // nil for a worker
	metrics   *metrics.Metrics
	closers   []func() // in the order of opening
	epoch     string
	draining  atomic.Bool
	readiness readiness
	outage    outage
	claim     *db.Claim

	mail        *notify.Mailer
	files       files.Store
	database    *db.DB
	push        *push.Sender // nil if it is off
	jobs        *jobs.Jobs
	arrivals    *jobs.Arrivals
	accounts    *account.Store
	attachments *attachment.Store
	chat        *chat.Store
	broker      live.Broker
	hub         *live.Hub
	broadcast   *broadcast.Broadcaster
	presence    *broadcast.Presence
	limits      *limit.Limiter // nil for a worker
	web         *web.Web       // nil for a worker
}

// New opens the data folder, the database and the bus, and listens. The port is taken only when
// everything else is there, but nothing is answered before Run.
func New(ctx context.Context, config config.Config, log *slog.Logger) (*App, error) {
	a := newApp(config, log)
	return a.open(ctx, a.openData, a.openMail, a.openPush, a.openFiles, a.openDatabase, a.openJobs, a.openStore, a.openLive, a.openDev, a.openWeb, a.openPrivate, a.openListener)
}

func newApp(config config.Config, log *slog.Logger) *App {
	gate := listen.New(listen.For(listen.Descriptors(), config.Proxies()), log)
	a := &App{config: config, log: log, gate: gate, metrics: metrics.New(Version()), outage: outage{log: log}}
	a.outage.probe = func(ctx context.Context) error { return a.database.Probe(ctx) }
	a.outage.tried = func(error) { a.metrics.QueryFailed(true) } // so that the alert lasts while there are no requests
	return a
}

// open calls the functions in turn. If one fails, it closes what is already open.
func (a *App) open(ctx context.Context, things ...func(context.Context) error) (*App, error) {
	for _, open := range things {
		if err := open(ctx); err != nil {
			a.close()
			return nil, err
		}
	}
	return a, nil
}

func (a *App) openData(context.Context) error {
	if err := closeData(a.config, a.log); err != nil {
		return err
	}
	if a.config.DatabaseURL == "" {
		unlock, err := lockFolder(a.config.DataDir)
		if err != nil {
			return err
		}
		a.onClose(unlock)
	}
	return a.config.LoadSecret()
}

// onStatement counts the failures of statements; failure is nil for a statement that was answered.
func (a *App) onStatement(failure error) {
	a.outage.observe(failure)
	if failure != nil {
		a.metrics.QueryFailed(db.IsOutage(failure))
	}
}

func (a *App) openStore(context.Context) (err error) {
	if a.config.RedisURL == "" {
		a.broker = live.NewMemoryBroker()
	} else if a.broker, err = live.NewRedisBroker(a.config.RedisURL, a.config.Fingerprint()); err != nil {
		return fmt.Errorf("REDIS_URL: %w", err)
	}
	maxUpload, _ := config.Size(a.config.MaxUpload) // checked
	quota, _ := config.Size(a.config.Quota)
	database := store.New(a.database, a.jobs.Enqueue)
	a.accounts = account.NewStore(account.Options{
		DB: database, Fresh: a.broker.Healthy, Secret: []byte(a.config.Secret), VerifyEmail: a.config.VerifiesEmail(),
	})
	a.attachments = attachment.NewStore(attachment.Options{DB: database, MaxUpload: maxUpload, Quota: quota})
	a.arrivals = jobs.NewArrivals(a.jobs, a.accounts, a.looks)
	a.onClose(a.arrivals.Close)
	editWindow, limited := a.config.EditFor()
	if !limited {
		editWindow = chat.NoEditLimit
	}
	a.chat = chat.NewStore(chat.Options{
		DB: database, Accounts: a.accounts, Attachments: a.attachments, Log: a.log, EditWindow: editWindow,
		Changed: func(changes []chat.Change) { a.broadcast.Changed(changes) }, Committed: a.metrics.Committed,
		Arrived: a.arrivals.Add,
	})
	a.onClose(a.chat.Close)
	return nil
}

func (a *App) openLive(ctx context.Context) error {
	var err error
	if a.epoch, err = a.chat.Epoch(ctx); err != nil {
		return err
	}
	a.hub = live.NewHub(a.broker, live.Options{
		Epoch: func() string { return a.epoch },
		CatchUp: func(ctx context.Context, user int64, c live.Cursor) ([]live.Fragment, error) {
			return a.broadcast.CatchUp(ctx, user, c)
		},
		Acknowledged: func(user, after, upTo int64) { a.chat.Acknowledge(user, after, upTo) },
		Versions:     a.accounts.Versions,
		Alive:        a.accounts.SessionsAlive,
		Sign:         func(user int64, s live.Sign) { a.presence.Sign(user, s) },
		Still:        a.config.Online() / 3,
		Logger:       a.log, Delivered: a.metrics.Delivered,
	})
	a.broadcast = broadcast.New(broadcast.Options{Accounts: a.accounts, Chat: a.chat, Publish: a.hub.Publish, FileURL: a.fileURL(), Epoch: a.epoch, Log: a.log})
	a.presence = broadcast.NewPresence(broadcast.PresenceOptions{
		Presences: a.chat.Presences, SetSeen: a.chat.SetSeen, Hub: a.hub, OnlineFor: a.config.Online(), Log: a.log,
	})
	return nil
}

func (a *App) openWeb(context.Context) (err error) {
	if a.limits, err = a.openLimits(); err != nil {
		return err
	}
	a.web = web.New(web.Options{
		Accounts: a.accounts, Attachments: a.attachments, Chat: a.chat, Hub: a.hub, Log: a.log, Epoch: a.epoch,
		Files: a.files, Signer: files.NewSigner([]byte(a.config.Secret)),
		Limit: a.limits, Secret: []byte(a.config.Secret),
		BaseURL: a.config.BaseURL, Listens: a.config.Addr, TrustedProxies: a.config.TrustedProxies,
		FileURL: a.fileURL(), Dev: a.config.Dev == "on",
		Observe: a.metrics.Request, Refused: a.metrics.Refused, Ready: a.ready, Away: a.outage.on,
		Busy: func() int { return a.gate.Stats().Busy },
		Push: a.pushOptions(),
	})
	return nil
}

// fileURL returns a function that signs the address of a file for one viewer, at the current time.
func (a *App) fileURL() func(viewer int64, id, name string) string {
	signer := files.NewSigner([]byte(a.config.Secret))
	return func(viewer int64, id, name string) string { return signer.URL(viewer, id, name, time.Now()) }
}

func (a *App) openLimits() (*limit.Limiter, error) {
	on := a.config.RateLimits == "on"
	if !on {
		a.log.Warn("rate limits are off: for load tests only")
	}
	if a.config.RedisURL == "" {
		return limit.New(on), nil
	}
	limits, err := limit.NewRedis(a.config.RedisURL, a.config.Fingerprint(), on, a.log)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	a.onClose(limits.Close)
	return limits, nil
}

func (a *App) onClose(f func()) { a.closers = append(a.closers, f) }

// close undoes New in reverse order.
func (a *App) close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		a.closers[i]()
	}
}

// URL is the address at which browsers reach the node; for a worker, that of the nodes it works for.
func (a *App) URL() string {
	if a.config.BaseURL != "" {
		return a.config.BaseURL
	}
	address := a.config.Addr
	if a.listener != nil {
		address = a.listener.Addr().String()
	}
	host, port, _ := net.SplitHostPort(address)
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
	go a.broadcast.Run()
	go a.presence.Run()
	lost := a.claim.Lost()
	var ending atomic.Bool
	failed := make(chan error, 1)
	if a.web != nil {
		go func() {
			if err := a.web.App().Listener(a.listener); err != nil && !ending.Load() {
				failed <- err
			}
		}()
	}
	err := a.startJobs(work)
	if err == nil {
		a.logRunning()
		select {
		case err = <-failed:
		case err = <-lost:
			err = claimError(err)
		case <-ctx.Done():
			ending.Store(true)
			a.log.Info("stopping", "reason", context.Cause(ctx))
		}
	}
	a.draining.Store(true)
	if err == nil {
		time.Sleep(a.config.DrainFor()) // a load balancer sees meanwhile that this node is no longer ready
	}
	began := time.Now()
	a.drain()
	stop()
	a.broker.Close()
	if err == nil {
		a.log.Info("stopped", "seconds", time.Since(began).Seconds())
	}
	return err
}

// drainWithin bounds each step of a drain: first the requests, then the sockets.
const drainWithin = 10 * time.Second

func (a *App) drain() {
	requests, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	var working sync.WaitGroup
	working.Go(func() { a.stopJobs(requests) })
	if a.web != nil {
		a.web.Drain()
		if err := a.web.Shutdown(requests); err != nil {
			a.log.Warn("some requests did not end in time", "error", err)
		}
	}
	working.Wait()
	a.chat.Close()
	a.arrivals.Close()
	a.broadcast.Close()
	sockets, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	a.hub.Drain(sockets)
	a.presence.Close()
}
