package app

import (
	"context"
	"log/slog"

	"dchat/app/config"
	"dchat/app/jobs"
)

// NewWorker opens what New does except the web: a node that only runs jobs. It has a bus, since a job may change what
// people's pages show.
func NewWorker(ctx context.Context, config config.Config, log *slog.Logger) (*App, error) {
	config.Worker = "on"
	a := newApp(config, log)
	return a.open(ctx, a.openData, a.openMail, a.openPush, a.openFiles, a.openDatabase, a.openJobs, a.openStore, a.openLive, a.openPrivate)
}

func (a *App) openFiles(context.Context) error {
	disk, err := openDisk(a.config)
	if err != nil {
		return err
	}
	a.onClose(func() { _ = disk.Close() })
	a.files = disk
	return nil
}

func (a *App) openJobs(context.Context) (err error) {
	a.jobs, err = jobs.New(jobs.Options{
		DB: a.database, DSN: a.config.DSN(), Direct: a.config.MigrateURL,
		Mail: a.mail, Files: a.files, BaseURL: a.URL, Log: a.log, Worked: a.metrics.Worked,
		Push: a.push, Pushed: a.metrics.Pushed,
	})
	return err
}

// startJobs starts the jobs, unless other nodes run them.
func (a *App) startJobs(ctx context.Context) error {
	if a.config.Worker == "off" {
		return nil
	}
	return a.jobs.Start(ctx, jobs.Stores{Accounts: a.accounts, Attachments: a.attachments, Chat: a.chat})
}

// stopJobs returns when the running jobs have ended, or ctx has.
func (a *App) stopJobs(ctx context.Context) {
	if err := a.jobs.Stop(ctx); err != nil {
		a.log.Warn("some jobs did not end in time and will run again", "error", err)
	}
}
