package live

import (
	"context"

	"github.com/redis/rueidis"
)

// singleEars is one connection to one Redis.
type singleEars struct {
	broker   *RedisBroker
	client   rueidis.Client
	line     rueidis.DedicatedClient
	release  func()
	broken   <-chan error
	standing [Buckets]bool
}

func (b *RedisBroker) singleEars() (*singleEars, error) {
	client, err := rueidis.NewClient(b.option)
	if err != nil {
		return nil, err
	}
	e := &singleEars{broker: b, client: client}
	e.line, e.release = client.Dedicate()
	e.broken = e.line.SetPubSubHooks(rueidis.PubSubHooks{
		OnMessage: func(m rueidis.PubSubMessage) { b.receive([]byte(m.Message)) },
	})
	return e, nil
}

func (e *singleEars) lost() <-chan error { return e.broken }

func (e *singleEars) close() {
	e.line.Close()
	e.release()
	e.client.Close()
}

func (e *singleEars) follow(ctx context.Context, wanted *[Buckets]bool) (bool, error) {
	var added, dropped []string
	for n, w := range wanted {
		switch {
		case w && !e.standing[n]:
			added = append(added, e.broker.channel(n))
		case !w && e.standing[n]:
			dropped = append(dropped, e.broker.channel(n))
		}
	}
	e.standing = *wanted
	if len(dropped) > 0 {
		if err := e.line.Do(ctx, e.line.B().Unsubscribe().Channel(dropped...).Build()).Error(); err != nil {
			return false, err
		}
	}
	if len(added) > 0 {
		if err := e.line.Do(ctx, e.line.B().Subscribe().Channel(added...).Build()).Error(); err != nil {
			return false, err
		}
	}
	return len(added) > 0, nil
}
