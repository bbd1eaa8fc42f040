package chat_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"dchat/app/chat"
	"dchat/test/services"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// A change that many see is told by a job, and in pieces.
func TestManyHearOfAChangeFromAJob(t *testing.T) {
	everywhere(t, func(w *world) {
		star, fans := w.person("star"), w.people(numbered("fan-", 520)...)
		w.befriend(star, fans)
		before, err := w.Versions(w.ctx, []int64{fans[0].ID, fans[519].ID})
		require.NoError(w.t, err)
		w.jobs()
		_, err = w.SetProfile(w.ctx, star, "Superstar", nil)
		require.NoError(w.t, err)
		job := only[chat.SpreadJob](w)
		w.told()
		require.NoError(w.t, w.Spread(w.ctx, job.UserID))
		after, err := w.Versions(w.ctx, []int64{fans[0].ID, fans[519].ID})
		require.NoError(w.t, err)
		for id, version := range before {
			require.Equal(w.t, version+1, after[id])
		}
		heard := map[int64]bool{}
		for _, c := range w.told() {
			require.Equal(w.t, "Superstar", c.Items[0].Entry.Other.DisplayName)
			heard[c.Viewer.ID] = true
		}
		require.Len(w.t, heard, 520)

		require.NoError(w.t, w.DeleteAccount(w.ctx, star, password))
		_, err = w.Send(w.ctx, fans[0], star, uuid.New(), "too late")
		require.Equal(w.t, chat.Refused, chat.CodeOf(err), "also before the job has been done")
		require.NoError(w.t, w.Spread(w.ctx, star.ID))
		require.Zero(w.t, w.count("SELECT count(*) FROM conversations WHERE contact_at IS NOT NULL"))
	})
}

// A lock that is in the way of one contact holds up neither the change nor what the others hear of it.
func TestAChangeIsToldPastALock(t *testing.T) {
	w := newWorld(t, services.Postgres(t))
	ann, bob, cyd := w.person("anna"), w.person("bobby"), w.person("cydney")
	w.contacts(ann, bob)
	w.contacts(ann, cyd)
	w.jobs()
	release := w.locked("SELECT 1 FROM conversations WHERE id = ? FOR UPDATE", w.between(ann, bob).ConversationID)
	_, err := w.SetProfile(w.ctx, ann, "Ännchen", nil)
	require.NoError(t, err)
	job := only[chat.SpreadJob](w)
	w.told()
	require.Error(t, w.Spread(w.ctx, job.UserID), "it comes back")
	told := w.told()
	require.Len(t, told, 1)
	require.Equal(t, cyd.ID, told[0].Viewer.ID)
	release()
	require.NoError(t, w.Spread(w.ctx, job.UserID))
}

// Everything that changes something is done at the same time by everybody, and takes its locks in one order.
func TestNothingDeadlocks(t *testing.T) {
	for name, dsn := range map[string]string{
		"sqlite":   "sqlite:" + t.TempDir() + "/dchat.db",
		"postgres": services.Postgres(t, "deadlock_timeout=5ms"), // before the patience for a lock ends
	} {
		t.Run(name, func(t *testing.T) {
			var deadlocks atomic.Int64
			w := newWorld(t, dsn, func(o *chat.Options) {
				o.DB.OnStatement(func(failure error) {
					var pg interface{ SQLState() string }
					if errors.As(failure, &pg) && pg.SQLState() == "40P01" {
						deadlocks.Add(1)
						t.Log(failure)
					}
				})
			})
			w.turmoil()
			require.Zero(t, deadlocks.Load())
		})
	}
}

func (w *world) turmoil() {
	people := make([]*chat.User, 8)
	for i := range people {
		people[i] = w.person(fmt.Sprintf("person%d", i))
		for _, other := range people[:i] {
			w.contacts(people[i], other)
		}
	}
	nodes := []*chat.Store{w.Store}
	if w.db.Postgres() {
		nodes = append(nodes, w.open())
	}
	var all sync.WaitGroup
	for n := range 12 {
		all.Go(func() {
			for range 40 {
				w.changeAnything(nodes[n%len(nodes)], people)
			}
		})
	}
	for _, leaver := range people[:3] { // while the others, and they themselves, go on
		for n := range 4 {
			all.Go(func() {
				for range 60 {
					_ = w.upload(nodes[n%len(nodes)], leaver)
				}
			})
		}
		all.Go(func() {
			if err := w.DeleteAccount(w.ctx, leaver, password); err != nil {
				w.t.Error(err)
			}
		})
	}
	all.Go(func() {
		for range 10 {
			if err := w.Sweep(w.ctx); err != nil {
				w.t.Error(err)
			}
		}
	})
	all.Wait()
}

// changeAnything does one thing, whatever comes of it: but for what is our fault.
func (w *world) changeAnything(s *chat.Store, people []*chat.User) {
	a := people[rand.IntN(len(people))]
	b := people[rand.IntN(len(people))]
	if a == b {
		return
	}
	var err error
	id := uuid.NewString()
	stored := chat.Stored{Name: "file", Type: "text/plain", Blob: id, Size: 1, SHA256: []byte{1}}
	switch rand.IntN(10) {
	case 0, 1, 2:
		_, err = s.Send(w.ctx, a, b, uuid.New(), "hello")
	case 3:
		if _, err = s.AddAttachment(w.ctx, a, id, stored); err == nil {
			_, err = s.Send(w.ctx, a, b, uuid.New(), "", id)
		}
	case 4:
		err = w.upload(s, a)
	case 5:
		_, err = s.SetProfile(w.ctx, a, "Name "+id[:8], nil)
	case 6:
		if _, err = s.Block(w.ctx, a, b); err == nil {
			_, err = s.Unblock(w.ctx, a, b)
		}
	case 7:
		if _, err = s.Remove(w.ctx, a, b); err == nil {
			w.connectAgain(s, a, b)
		}
	case 8:
		_, err = s.MarkRead(w.ctx, a, b, 1000)
	case 9:
		err = s.AskExport(w.ctx, a)
	}
	if code := chat.CodeOf(err); err != nil && (code == chat.Internal || code == chat.Unavailable) {
		w.t.Errorf("%T %v", err, err)
	}
}

func (w *world) connectAgain(s *chat.Store, a, b *chat.User) {
	if _, err := s.Ask(w.ctx, a, b); err == nil {
		_, _ = s.Accept(w.ctx, b, a)
	}
}

func (w *world) upload(s *chat.Store, a *chat.User) error {
	id := uuid.NewString()
	if _, err := s.BeginUpload(w.ctx, a, id, "file", 1, false); err != nil {
		return err
	}
	up, err := s.HoldUpload(w.ctx, a, id, "me")
	if err == nil {
		_, err = s.FinishUpload(w.ctx, up, chat.Stored{Name: "file", Type: "text/plain", Blob: id, Size: 1, SHA256: []byte{1}})
	}
	return err
}
