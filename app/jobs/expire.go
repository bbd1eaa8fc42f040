package jobs

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"dchat/app/guard"
)

// expireEvery is how often a worker looks for messages whose time has come.
const expireEvery = 3 * time.Second

// startExpiry deletes messages whose time has come, until stop is called. There is no row of a job for this: it would be
// written every few seconds, also where no message disappears. A look costs one read of an index.
func (j *Jobs) startExpiry() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	log := quietLogger(j.Log)
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_ = guard.Once(j.Log, "deleting messages whose time has come", func() { j.expire(ctx, log) })
			select {
			case <-ctx.Done():
			case <-time.After(j.ExpireEvery/2 + rand.N(j.ExpireEvery)): // nodes take turns
			}
		}
	}()
	return func() { cancel(); <-ended }
}

func (j *Jobs) expire(ctx context.Context, log *slog.Logger) {
	began := time.Now()
	n, err := j.stores.Chat.Expire(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		log.ErrorContext(ctx, "messages whose time has come could not be deleted and will be soon", "error", err)
	}
	if j.Worked != nil && (n > 0 || err != nil) {
		j.Worked("expire", time.Since(began), err)
	}
}
