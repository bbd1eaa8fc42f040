package live

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	reconcileChunk   = 1000
	reconcileTimeout = 10 * time.Second
	reconcilePause   = 250 * time.Millisecond // the least time between two runs
	downEvery        = time.Second            // between two runs while the broker is down
	othersBack       = 5 * time.Second        // how much later than this node the others may find the broker again
)

// reconcileLoop compares the pages with the database every few seconds. So no page stays behind for longer than
// the time between two runs, whatever happened to its fragments.
func (h *Hub) reconcileLoop(ctx context.Context) {
	timer := time.NewTimer(h.nextReconcile())
	defer timer.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.missed:
			timer.Reset(max(0, reconcilePause-time.Since(last)))
			continue
		case <-timer.C:
		}
		h.reconcile(ctx)
		last = time.Now()
		timer.Reset(h.nextReconcile())
	}
}

// nextReconcile is the time until the next run, jittered: the nodes do not query all at once.
func (h *Hub) nextReconcile() time.Duration {
	every := h.options.ReconcileEvery
	if !h.broker.Healthy() {
		h.wasDown = time.Now()
	}
	if time.Since(h.wasDown) < othersBack {
		every = min(every, downEvery)
	}
	return every*2/3 + rand.N(every*2/3+1)
}

func (h *Hub) reconcile(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, reconcileTimeout)
	defer cancel()
	users, sessions := h.presentUsers()
	err := h.reconcileVersions(ctx, users)
	if err == nil {
		err = h.reconcileSessions(ctx, sessions)
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		h.logTroubles(err)
	}
}

// userSession is a session and its user.
type userSession struct{ session, user int64 }

// presentUsers returns the users with an open page on this node, and the session of each page.
func (h *Hub) presentUsers() (users []int64, sessions []userSession) {
	count := h.Count()
	users, sessions = make([]int64, 0, count), make([]userSession, 0, count)
	for n := range h.buckets {
		b := &h.buckets[n]
		b.mu.Lock()
		for user, clients := range b.people {
			users = append(users, user)
			for _, c := range clients {
				sessions = append(sessions, userSession{c.session, user})
			}
		}
		b.mu.Unlock()
	}
	return users, sessions
}

func (h *Hub) reconcileVersions(ctx context.Context, users []int64) error {
	epoch := h.options.Epoch()
	for chunk := range slices.Chunk(users, reconcileChunk) {
		versions, err := h.options.Versions(ctx, chunk)
		if err != nil {
			return err
		}
		var ahead []claim
		for user, version := range versions {
			h.each(user, func(c *client) {
				if reached := c.compare(epoch, version); reached > version {
					ahead = append(ahead, claim{c, reached})
				}
			})
		}
		if err := h.reconcileAhead(ctx, ahead); err != nil {
			return err
		}
	}
	return nil
}

// claim is the version that a page has reached with what it was sent.
type claim struct {
	client  *client
	version int64
}

// reconcileAhead finds pages that show what the database no longer has: a standby that took over may
// lack the last commits. Most pages are only newer than the first read, so it reads once more.
func (h *Hub) reconcileAhead(ctx context.Context, claims []claim) error {
	users := make([]int64, 0, len(claims))
	for _, c := range claims {
		users = append(users, c.client.user)
	}
	slices.Sort(users)
	for chunk := range slices.Chunk(slices.Compact(users), reconcileChunk) {
		versions, err := h.options.Versions(ctx, chunk)
		if err != nil {
			return err
		}
		for _, c := range claims {
			if version, known := versions[c.client.user]; known && version < c.version {
				c.client.requireOlder()
			}
		}
	}
	return nil
}

// reconcileSessions closes the sockets of sessions whose end was not published: they expired, or their node crashed.
func (h *Hub) reconcileSessions(ctx context.Context, sessions []userSession) error {
	ids := make([]int64, 0, min(len(sessions), reconcileChunk))
	for chunk := range slices.Chunk(sessions, reconcileChunk) {
		ids = ids[:0]
		for _, s := range chunk {
			ids = append(ids, s.session)
		}
		alive, err := h.options.Alive(ctx, ids)
		if err != nil {
			return err
		}
		for _, s := range chunk {
			if alive[s.session] {
				continue
			}
			h.each(s.user, func(c *client) {
				if c.session == s.session {
					c.close(CloseSignedOut, "signed out")
				}
			})
		}
	}
	return nil
}
