package chat_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"
	"dchat/test/migrated"
	"dchat/test/services"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// A change that many see is published by a job, and in steps.
func TestNotifyJobReachesManyContacts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		star, fans := f.User("star"), f.Users(domain.Numbered("fan-", 520)...)
		f.befriend(star, fans)
		before, err := f.Versions(f.Ctx, []int64{fans[0].ID, fans[519].ID})
		require.NoError(f.T, err)
		f.Jobs()
		_, err = f.SetProfile(f.Ctx, star, "Superstar", nil)
		require.NoError(f.T, err)
		job := only[chat.NotifyJob](f)
		f.Changes()
		require.NoError(f.T, f.NotifyOthers(f.Ctx, job.UserID))
		after, err := f.Versions(f.Ctx, []int64{fans[0].ID, fans[519].ID})
		require.NoError(f.T, err)
		for id, version := range before {
			require.Equal(f.T, version+1, after[id])
		}
		heard := map[int64]bool{}
		for _, c := range f.Changes() {
			require.Equal(f.T, "Superstar", c.Items[0].Entry.Other.DisplayName)
			heard[c.Viewer.ID] = true
		}
		require.Len(f.T, heard, 520)

		require.NoError(f.T, f.DeleteAccount(f.Ctx, star, domain.Password))
		_, err = f.Send(f.Ctx, fans[0], star, uuid.New(), "too late")
		require.Equal(f.T, errs.Refused, errs.CodeOf(err), "also before the job has been done")
		require.NoError(f.T, f.NotifyOthers(f.Ctx, star.ID))
		require.Zero(f.T, f.Count("SELECT count(*) FROM conversations WHERE contact_at IS NOT NULL"))
	})
}

// A lock that is in the way of one contact holds up neither the change nor what the others hear of it.
func TestNotifyJobSkipsLockedConversation(t *testing.T) {
	f := newFixture(t, migrated.Postgres(t))
	ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
	f.Contacts(ann, bob)
	f.Contacts(ann, cyd)
	f.Jobs()
	release := f.locked("SELECT 1 FROM conversations WHERE id = ? FOR UPDATE", f.Between(ann, bob).ConversationID)
	_, err := f.SetProfile(f.Ctx, ann, "Ännchen", nil)
	require.NoError(t, err)
	job := only[chat.NotifyJob](f)
	f.Changes()
	require.Error(t, f.NotifyOthers(f.Ctx, job.UserID), "it comes back")
	told := f.Changes()
	require.Len(t, told, 1)
	require.Equal(t, cyd.ID, told[0].Viewer.ID)
	release()
	require.NoError(t, f.NotifyOthers(f.Ctx, job.UserID))
}

// Everything that changes something is done at the same time by everybody, and takes its locks in one order.
func TestNothingDeadlocks(t *testing.T) {
	for name, dsn := range map[string]string{
		"sqlite":   "sqlite:" + t.TempDir() + "/dchat.db",
		"postgres": services.Postgres(t, "deadlock_timeout=5ms"), // before the patience for a lock ends
	} {
		t.Run(name, func(t *testing.T) {
			var deadlocks atomic.Int64
			f := newFixture(t, dsn, func(o *domain.Options) {
				o.DB.OnStatement(func(failure error) {
					var pg interface{ SQLState() string }
					if errors.As(failure, &pg) && pg.SQLState() == "40P01" {
						deadlocks.Add(1)
						t.Log(failure)
					}
				})
			})
			f.turmoil()
			require.Zero(t, deadlocks.Load())
		})
	}
}

func (f *fixture) turmoil() {
	people := make([]*account.User, 8)
	for i := range people {
		people[i] = f.User(fmt.Sprintf("person%d", i))
		for _, other := range people[:i] {
			f.Contacts(people[i], other)
		}
	}
	nodes := []*domain.Node{f.Node}
	if f.DB.Postgres() {
		nodes = append(nodes, f.Open())
	}
	var all sync.WaitGroup
	for n := range 12 {
		all.Go(func() {
			for range 40 {
				f.changeAnything(nodes[n%len(nodes)], people)
			}
		})
	}
	for _, leaver := range people[:3] { // while the others, and they themselves, go on
		for n := range 4 {
			all.Go(func() {
				for range 60 {
					_ = f.upload(nodes[n%len(nodes)], leaver)
				}
			})
		}
		all.Go(func() {
			if err := f.DeleteAccount(f.Ctx, leaver, domain.Password); err != nil {
				f.T.Error(err)
			}
		})
	}
	all.Go(func() {
		for range 10 {
			if err := f.Sweep(f.Ctx); err != nil {
				f.T.Error(err)
			}
		}
	})
	all.Wait()
}

// changeAnything does one thing, whatever comes of it: but for what is our fault.
func (f *fixture) changeAnything(s *domain.Node, people []*account.User) {
	a := people[rand.IntN(len(people))]
	b := people[rand.IntN(len(people))]
	if a == b {
		return
	}
	var err error
	id := uuid.NewString()
	stored := attachment.Stored{Name: "file", Type: "text/plain", Blob: id, Size: 1, SHA256: []byte{1}}
	switch rand.IntN(10) {
	case 0, 1, 2:
		_, err = s.Send(f.Ctx, a, b, uuid.New(), "hello")
	case 3:
		if _, err = s.AddAttachment(f.Ctx, a, id, stored); err == nil {
			_, err = s.Send(f.Ctx, a, b, uuid.New(), "", id)
		}
	case 4:
		err = f.upload(s, a)
	case 5:
		_, err = s.SetProfile(f.Ctx, a, "Name "+id[:8], nil)
	case 6:
		if _, err = s.Block(f.Ctx, a, b); err == nil {
			_, err = s.Unblock(f.Ctx, a, b)
		}
	case 7:
		if _, err = s.Remove(f.Ctx, a, b); err == nil {
			f.connectAgain(s, a, b)
		}
	case 8:
		_, err = s.MarkRead(f.Ctx, a, b, 1000)
	case 9:
		err = s.RequestExport(f.Ctx, a)
	}
	if code := errs.CodeOf(err); err != nil && (code == errs.Internal || code == errs.Unavailable) {
		f.T.Errorf("%T %v", err, err)
	}
}

func (f *fixture) connectAgain(s *domain.Node, a, b *account.User) {
	if _, err := s.SendRequest(f.Ctx, a, b); err == nil {
		_, _ = s.Accept(f.Ctx, b, a)
	}
}

func (f *fixture) upload(s *domain.Node, a *account.User) error {
	id := uuid.NewString()
	if _, err := s.BeginUpload(f.Ctx, a, id, "file", 1, false); err != nil {
		return err
	}
	up, err := s.HoldUpload(f.Ctx, a, id, "me")
	if err == nil {
		_, err = s.FinishUpload(f.Ctx, up, attachment.Stored{Name: "file", Type: "text/plain", Blob: id, Size: 1, SHA256: []byte{1}})
	}
	return err
}
