package live

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	checkChunk   = 1000
	checkTimeout = 10 * time.Second
	checkPause   = 250 * time.Millisecond // between two checks at least, however much is missed
	downEvery    = time.Second            // while nothing else than the check brings news
	othersBack   = 5 * time.Second        // after this node: until then the check still has to bring their news
)

// watch is the safety net: no page stays behind for longer than two checks are apart, whatever
// happened to the frames.
func (h *Hub) watch(ctx context.Context) {
	timer := time.NewTimer(h.nextCheck())
	defer timer.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.missed:
			timer.Reset(max(0, checkPause-time.Since(last)))
			continue
		case <-timer.C:
		}
		h.check(ctx)
		last = time.Now()
		timer.Reset(h.nextCheck())
	}
}

// nextCheck is jittered, so that nodes do not ask all at once.
func (h *Hub) nextCheck() time.Duration {
	every := h.options.CheckEvery
	if !h.broker.Healthy() {
		h.wasDown = time.Now()
	}
	if time.Since(h.wasDown) < othersBack {
		every = min(every, downEvery)
	}
	return every*2/3 + rand.N(every*2/3+1)
}

func (h *Hub) check(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	users, visits := h.census()
	err := h.checkVersions(ctx, users)
	if err == nil {
		err = h.checkSessions(ctx, visits)
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		h.tell(err)
	}
}

// told is what the log knows already: each trouble is one line, however many pages it meets.
type told struct {
	lost, failed int64
	blind        bool // the safety net cannot ask the database
}

func (h *Hub) tell(err error) {
	log, told := h.options.Logger, &h.told
	if lost := h.stats.Lost.Load(); lost > told.lost {
		log.Warn("live: packets were not published, other nodes follow the database", "count", lost-told.lost)
		told.lost = lost
	}
	switch {
	case err != nil && !told.blind:
		log.Warn("live: safety net cannot ask the database", "error", err)
	case err == nil && told.blind:
		log.Info("live: safety net asks the database again")
	}
	if told.blind = err != nil; told.blind {
		return
	}
	if failed := h.stats.CatchUps[Failed].Load(); failed > told.failed {
		log.Warn("live: catch-ups failed and are tried again", "count", failed-told.failed)
		told.failed = failed
	}
}

// A visit is a session and whose it is.
type visit struct{ session, user int64 }

// census returns the people who are here, and what they are here with, once for each page.
func (h *Hub) census() (users []int64, visits []visit) {
	count := h.Count()
	users, visits = make([]int64, 0, count), make([]visit, 0, count)
	for n := range h.buckets {
		b := &h.buckets[n]
		b.mu.Lock()
		for user, clients := range b.people {
			users = append(users, user)
			for _, c := range clients {
				visits = append(visits, visit{c.session, user})
			}
		}
		b.mu.Unlock()
	}
	return users, visits
}

func (h *Hub) checkVersions(ctx context.Context, users []int64) error {
	epoch := h.options.Epoch()
	for chunk := range slices.Chunk(users, checkChunk) {
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
		if err := h.checkAhead(ctx, ahead); err != nil {
			return err
		}
	}
	return nil
}

// A claim is a version that a page has reached by what it was sent.
type claim struct {
	client  *client
	version int64
}

// checkAhead finds pages that show what the database no longer has: a standby that took over may
// lack the last commits. Most of them are only newer than the first reading, so it reads once more.
func (h *Hub) checkAhead(ctx context.Context, claims []claim) error {
	users := make([]int64, 0, len(claims))
	for _, c := range claims {
		users = append(users, c.client.user)
	}
	slices.Sort(users)
	for chunk := range slices.Chunk(slices.Compact(users), checkChunk) {
		versions, err := h.options.Versions(ctx, chunk)
		if err != nil {
			return err
		}
		for _, c := range claims {
			if version, known := versions[c.client.user]; known && version < c.version {
				c.client.goBack()
			}
		}
	}
	return nil
}

// checkSessions finds the sessions that ended without a word, by expiry or on a node that died.
func (h *Hub) checkSessions(ctx context.Context, visits []visit) error {
	sessions := make([]int64, 0, min(len(visits), checkChunk))
	for chunk := range slices.Chunk(visits, checkChunk) {
		sessions = sessions[:0]
		for _, v := range chunk {
			sessions = append(sessions, v.session)
		}
		alive, err := h.options.Alive(ctx, sessions)
		if err != nil {
			return err
		}
		for _, v := range chunk {
			if alive[v.session] {
				continue
			}
			h.each(v.user, func(c *client) {
				if c.session == v.session {
					c.close(CloseSignedOut, "signed out")
				}
			})
		}
	}
	return nil
}

// signal leaves a mark on a channel of size one, unless it has one.
func signal(mark chan<- struct{}) {
	select {
	case mark <- struct{}{}:
	default:
	}
}

// sleep reports whether it could sleep to its end.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
