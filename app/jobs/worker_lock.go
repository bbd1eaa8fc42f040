package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"dchat/app/guard"
	"dchat/db"

	"github.com/jackc/pgx/v5"
)

// maxCrashes is how often a job is requeued at once after its worker died. A job with more tries may be the cause: it
// waits until River rescues it as stuck.
const maxCrashes = 3

// checkEvery is how often a worker looks for jobs of dead workers.
const checkEvery = 20 * time.Second

// A workerLock is a lock that a worker holds in Postgres, under its name, over a connection of its own. Postgres
// releases it when the process ends. A worker that gets the lock of another worker knows that this one is dead, and
// requeues its jobs.
type workerLock struct {
	dsn, name string
	log       *slog.Logger
	stop      context.CancelFunc
	stopped   chan struct{}
}

const takeLock = `SELECT pg_advisory_lock(hashtextextended('dchat worker ' || $1::text, 0))`

// MATERIALIZED: the locks of these jobs' workers are tried, and no others.
const requeue = `
WITH left_over AS MATERIALIZED (
	SELECT id, attempted_by[array_upper(attempted_by, 1)] AS worker
	FROM river_job WHERE state = 'running' AND attempt <= $2::int
)
UPDATE river_job SET state = 'available'
FROM left_over
WHERE river_job.id = left_over.id AND river_job.state = 'running' AND worker <> $1::text
	AND pg_try_advisory_xact_lock(hashtextextended('dchat worker ' || worker, 0))`

// lockWorker returns when the worker holds its lock, and the jobs of dead workers are requeued.
func lockWorker(ctx context.Context, dsn, name string, log *slog.Logger) (*workerLock, error) {
	l := &workerLock{dsn: dsn, name: name, log: log, stopped: make(chan struct{})}
	conn, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	go l.run(ctx, conn)
	return l, nil
}

func (l *workerLock) release() {
	l.stop()
	<-l.stopped
}

func (l *workerLock) connect(ctx context.Context) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(l.dsn)
	if err != nil {
		return nil, errors.New("the database address cannot be read") // the cause would print the password
	}
	db.Harden(config)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, errors.New("the database does not answer") // the cause would print the address
	}
	err = db.WatchClient(ctx, conn)
	if err == nil {
		_, err = conn.Exec(ctx, takeLock, l.name)
	}
	if err == nil {
		err = l.requeue(ctx, conn)
	}
	if err != nil {
		l.disconnect(conn)
		return nil, err
	}
	return conn, nil
}

func (l *workerLock) requeue(ctx context.Context, conn *pgx.Conn) error {
	found, err := conn.Exec(ctx, requeue, l.name, maxCrashes)
	if err == nil && found.RowsAffected() > 0 {
		l.log.Info("jobs of a worker that died are done again", "jobs", found.RowsAffected())
	}
	return err
}

func (l *workerLock) disconnect(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// run holds the lock, and takes it again when the connection broke, until end.
func (l *workerLock) run(ctx context.Context, conn *pgx.Conn) {
	defer close(l.stopped)
	for pause := checkEvery; ; {
		select {
		case <-ctx.Done():
			if conn != nil {
				l.disconnect(conn)
			}
			return
		case <-time.After(pause):
		}
		var err error
		panicked := guard.Once(l.log, "holding a worker's lock", func() { conn, err = l.keep(ctx, conn) })
		if pause = checkEvery; errors.Join(err, panicked) != nil {
			l.log.Debug("a worker's lock is lost", "error", err)
			pause = time.Second
		}
	}
}

// keepWithin is how long the server may take: no job waits for it, but the jobs of dead workers do.
const keepWithin = 30 * time.Second

// keep returns the connection that holds the lock, or nil while the lock is lost.
func (l *workerLock) keep(ctx context.Context, conn *pgx.Conn) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	if conn == nil {
		return l.connect(ctx)
	}
	if err := l.requeue(ctx, conn); err != nil {
		l.disconnect(conn)
		return nil, err
	}
	return conn, nil
}
