package jobs

import (
	"context"
	"errors"
	"time"

	"dchat/db"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// conns is how many connections River may have, beside the one that listens.
const conns = 3

// A node listens for new jobs, and also polls: notifications are sent at most ten times a second, and get lost with a
// failed transaction.
var postgresPace = pace{quick: time.Second, slow: 5 * time.Second}

// poolerPace is for nodes that cannot listen.
var poolerPace = pace{quick: 500 * time.Millisecond, slow: 5 * time.Second}

func (j *Jobs) workOnPostgres(ctx context.Context) (*running, error) {
	r := &running{}
	pool, err := j.openPool(ctx)
	if err != nil {
		return nil, err
	}
	r.onClose(pool.Close)
	config := j.config(completeOnPool(pool), postgresPace)
	if r.client, err = river.NewClient(riverpgxv5.New(pool), config); err != nil {
		r.close()
		return nil, err
	}
	return j.startLocked(ctx, r, config, j.DSN)
}

// workThroughPooler shares the main handle: it speaks the simple protocol, which any pooler understands.
func (j *Jobs) workThroughPooler(ctx context.Context) (_ *running, err error) {
	handle := j.DB.Writer().DB
	config := j.config(completeOn[*riverdatabasesql.Driver](handle), poolerPace)
	config.PollOnly = true
	r := &running{}
	if r.client, err = river.NewClient(riverdatabasesql.New(handle), config); err != nil {
		return nil, err
	}
	return j.startLocked(ctx, r, config, j.Direct)
}

func (j *Jobs) openPool(ctx context.Context) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(j.DSN)
	if err != nil {
		return nil, errors.New("the database address cannot be read") // the cause would print the password
	}
	config.MaxConns, config.MinConns = conns, 0
	config.MaxConnIdleTime = time.Minute
	db.Harden(config.ConnConfig)
	config.AfterConnect = db.WatchClient
	config.ConnConfig.RuntimeParams["application_name"] = "dchat jobs"
	return pgxpool.NewWithConfig(ctx, config)
}

// startLocked starts the client once its worker holds its lock.
func (j *Jobs) startLocked(ctx context.Context, r *running, config *river.Config, direct string) (*running, error) {
	lock, err := lockWorker(ctx, direct, config.ID, j.Log)
	if err != nil {
		r.close()
		return nil, err
	}
	r.onClose(lock.release)
	return r.start(ctx)
}
