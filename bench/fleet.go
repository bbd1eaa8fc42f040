package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	spareFiles = 64  // standard streams, the poller, look-ups
	gently     = 128 // handshakes at a time, where the rush itself is not the test
)

// allowFiles makes sure that so many connections can be open at once.
func allowFiles(connections int) error {
	limit, known := openFiles()
	if need := uint64(connections + spareFiles); known && limit < need {
		return fmt.Errorf("needs %d open files, but this process may have %d: raise the limit with `ulimit -n %d` first", need, limit, need)
	}
	return nil
}

// A fleet is many open pages: one socket each, each with a reader.
type fleet struct {
	target   *target
	size     int
	onFrame  func(i int, frame []byte) // may be nil; the frame is valid during the call
	sockets  []*socket
	readers  sync.WaitGroup
	leaving  atomic.Bool
	open     atomic.Int64
	frames   atomic.Int64
	failures tally // attempts that did not end in a 101
	closed   tally // sockets that ended though the run did not end them
}

func newFleet(t *target, size int) *fleet {
	return &fleet{target: t, size: size, sockets: make([]*socket, size)}
}

// A wave says how a fleet comes up.
type wave struct {
	together   int           // handshakes at a time
	patience   time.Duration // after which it has failed
	reconnects bool          // the browsers come back: they wait first, and no answer makes them give up
}

// connect opens all sockets and returns how long each took, counted from the call. A socket that
// fails tries again as the page's script does.
func (f *fleet) connect(ctx context.Context, w wave) ([]time.Duration, error) {
	begun := time.Now()
	limited, cancel := context.WithTimeout(ctx, w.patience)
	defer cancel()
	group, limited := errgroup.WithContext(limited)
	turns := make(chan struct{}, w.together)
	took := make([]time.Duration, f.size)
	f.leaving.Store(false)
	for i := range f.size {
		group.Go(func() error {
			s, err := f.openSocket(limited, i, w, turns)
			if err != nil {
				return err
			}
			took[i] = time.Since(begun)
			f.register(i, s)
			return nil
		})
	}
	err := group.Wait()
	switch {
	case ctx.Err() != nil:
		return took, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return took, fmt.Errorf("only %d of %d sockets were open after %v (failed attempts: %v)",
			f.open.Load(), f.size, w.patience, f.failures.snapshot())
	}
	return took, err
}

func (f *fleet) openSocket(ctx context.Context, i int, w wave, turns chan struct{}) (*socket, error) {
	for attempt := 0; ; attempt++ {
		if (attempt > 0 || w.reconnects) && !pause(ctx, backoff(attempt)) {
			return nil, ctx.Err()
		}
		s, err := f.attempt(ctx, i, turns)
		if err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		f.failures.add(outcome(err), 1)
		var status statusError
		if errors.As(err, &status) && !w.reconnects && status < 500 && status != http.StatusTooManyRequests {
			return nil, fmt.Errorf("the server answered %d to the socket of %s: do the sessions and the Origin fit it?",
				int(status), f.target.person(i).name)
		}
	}
}

func (f *fleet) attempt(ctx context.Context, i int, turns chan struct{}) (*socket, error) {
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
		return f.target.dial(ctx, i)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// backoff is how long the page's script waits before that attempt: 300 ms, doubling to 4 s, give
// or take 30 %.
func backoff(attempt int) time.Duration {
	delay := min(300*time.Millisecond<<min(attempt, 8), 4*time.Second)
	return time.Duration(float64(delay) * (0.7 + 0.6*rand.Float64()))
}

func (f *fleet) register(i int, s *socket) {
	f.sockets[i] = s
	f.open.Add(1)
	f.readers.Go(func() {
		defer f.open.Add(-1)
		for {
			frame, err := s.next()
			if err != nil {
				if !f.leaving.Load() {
					f.closed.add(outcome(err), 1)
				}
				s.drop()
				return
			}
			f.frames.Add(1)
			if f.onFrame != nil {
				f.onFrame(i, frame)
			}
		}
	})
}

// leave ends every socket with the given farewell and waits for the readers.
func (f *fleet) leave(farewell func(*socket)) {
	f.leaving.Store(true)
	for i, s := range f.sockets {
		if s != nil {
			farewell(s)
		}
		f.sockets[i] = nil
	}
	f.readers.Wait()
}
