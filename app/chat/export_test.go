package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// askExport asks for a copy and returns its id.
func (f *fixture) askExport(u *account.User) string {
	f.T.Helper()
	f.Jobs()
	require.NoError(f.T, f.RequestExport(f.Ctx, u))
	for _, job := range f.Jobs() {
		if export, ok := job.(account.ExportJob); ok {
			return export.ExportID
		}
	}
	f.T.Fatal("no copy is being made")
	return ""
}

// stored is what a worker's write does, apart from writing.
func stored(blob string, size int64) func(context.Context, *chat.ExportData) (string, int64, error) {
	return func(context.Context, *chat.ExportData) (string, int64, error) { return blob, size, nil }
}

func TestExportHoldsOnlyOwnData(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd, eve := f.User("anna"), f.User("bobby"), f.User("cydney"), f.User("evelyn")
		for _, u := range []*account.User{bob, cyd} {
			require.NoError(f.T, f.SetZone(f.Ctx, u, "Europe/Lisbon"))
			f.Contacts(ann, u)
			f.Contacts(u, eve)
		}
		const many = 603 // several pages
		var wg sync.WaitGroup
		for n := range many {
			wg.Add(1)
			go func() {
				defer wg.Done()
				pair := [2]*account.User{ann, bob}
				if _, err := f.Send(f.Ctx, pair[n%2], pair[1-n%2], uuid.New(), fmt.Sprintf("words %d", n)); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		f.Say(cyd, ann, "a secret for Anna")
		f.Say(cyd, eve, "a secret for Eve")
		_, err := f.Block(f.Ctx, cyd, ann)
		require.NoError(f.T, err)
		_, err = f.SendRequest(f.Ctx, eve, ann)
		require.NoError(f.T, err)
		session := f.NewSession(ann)

		calls := 0
		require.NoError(f.T, f.WriteExport(f.Ctx, f.askExport(ann), func(ctx context.Context, data *chat.ExportData) (string, int64, error) {
			calls++
			require.Equal(f.T, "anna@example.org", data.User.Email)
			require.Len(f.T, data.Sessions, 1)
			require.Equal(f.T, session.ID, data.Sessions[0].ID)
			standings, messages := map[string]chat.Standing{}, map[string][]string{}
			for _, e := range data.Relations {
				standings[e.Other.Username] = e.Standing
				require.Empty(f.T, e.Other.Email+e.Other.EmailKey+e.Other.NewEmail+e.Other.PasswordHash, "what is another's is not one's own")
				seq := int64(0)
				require.NoError(f.T, data.Messages(ctx, e, func(m chat.Exported) error {
					require.Equal(f.T, seq+1, m.Seq, "in order, without a gap")
					seq = m.Seq
					messages[e.Other.Username] = append(messages[e.Other.Username], m.Body)
					return nil
				}))
			}
			require.Equal(f.T, map[string]chat.Standing{"bobby": chat.InContact, "cydney": chat.Stranger, "evelyn": chat.Asking}, standings)
			require.Equal(f.T, f.Bodies(ann, bob), messages["bobby"])
			require.Len(f.T, messages["bobby"], many)
			require.Equal(f.T, []string{"a secret for Anna"}, messages["cydney"])
			require.Empty(f.T, messages["evelyn"])
			text, err := json.Marshal(data)
			require.NoError(f.T, err)
			for _, foreign := range []string{"bobby@example.org", "cydney@example.org", "evelyn@example.org", "a secret for Eve"} {
				require.NotContains(f.T, string(text), foreign)
			}
			return "copy", 12345, nil
		}))
		require.Equal(f.T, 1, calls)
	})
}

func TestExportLifecycle(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		latest := func() *account.Export {
			f.T.Helper()
			export, err := f.LatestExport(f.Ctx, ann)
			require.NoError(f.T, err)
			return export
		}
		require.Nil(f.T, latest())
		id := f.askExport(ann)
		require.Zero(f.T, latest().ReadyAt)
		require.NoError(f.T, f.RequestExport(f.Ctx, ann))
		require.Empty(f.T, f.Jobs(), "one is being made")
		_, err := f.File(f.Ctx, ann, id)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err), "it is not ready")

		broken := errors.New("the disk is full")
		require.ErrorIs(f.T, f.WriteExport(f.Ctx, id, func(context.Context, *chat.ExportData) (string, int64, error) { return "", 0, broken }), broken)
		require.Zero(f.T, latest().ReadyAt)
		f.Changes()
		require.NoError(f.T, f.WriteExport(f.Ctx, id, stored("copy", 12345)))
		domain.EmailGoesTo(f.T, only[account.EmailJob](f), account.EmailExport, ann, ann.Email)
		require.Equal(f.T, domain.IDs(ann), domain.Viewers(f.Changes()), "the settings page shows it")
		require.Equal(f.T, []any{"copy", int64(12345)}, []any{latest().Blob, latest().Size})
		require.NotZero(f.T, latest().ReadyAt)
		file, err := f.File(f.Ctx, ann, id)
		require.NoError(f.T, err)
		require.Equal(f.T, chat.File{Blob: "copy", Type: "application/zip", Name: "dchat-anna.zip"}, *file)
		require.NoError(f.T, f.WriteExport(f.Ctx, id, func(context.Context, *chat.ExportData) (string, int64, error) {
			f.T.Error("it is there already")
			return "", 0, nil
		}))
		require.NoError(f.T, f.WriteExport(f.Ctx, "nothing", stored("x", 1)))
		require.Empty(f.T, f.Jobs())

		_, err = f.File(f.Ctx, bob, id)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err), "it is not theirs")
		for _, other := range []string{strings.ToUpper(id), id + ".96", id[1:], "copy", ""} {
			_, err = f.File(f.Ctx, ann, other)
			require.Equal(f.T, errs.NotFound, errs.CodeOf(err), other)
		}
		f.Exec("UPDATE exports SET created_at = ?", time.Now().Add(-account.ExportLife+time.Minute).UTC())
		_, err = f.File(f.Ctx, ann, id)
		require.NoError(f.T, err)
		f.Exec("UPDATE exports SET created_at = ?", time.Now().Add(-account.ExportLife-time.Minute).UTC())
		_, err = f.File(f.Ctx, ann, id)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err), "it has run out")
		require.Nil(f.T, latest())

		require.NoError(f.T, f.RequestExport(f.Ctx, ann))
		var blobs []string
		for _, job := range f.Jobs() {
			if drop, ok := job.(store.BlobJob); ok {
				blobs = append(blobs, drop.Blobs...)
			}
		}
		require.Equal(f.T, []string{"copy"}, blobs, "a new one takes its place")
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM exports"))
	})
}

// A worker that takes long may be thought dead, and its job is done by another one.
func TestConcurrentExportIsStoredOnce(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		id := f.askExport(ann)
		var both sync.WaitGroup
		both.Add(2)
		outcomes := domain.Race(2, func(i int) error {
			return f.WriteExport(f.Ctx, id, func(context.Context, *chat.ExportData) (string, int64, error) {
				both.Done()
				both.Wait()
				return fmt.Sprint("copy", i), 1, nil
			})
		})
		for _, err := range outcomes {
			require.NoError(f.T, err)
		}
		export, err := f.LatestExport(f.Ctx, ann)
		require.NoError(f.T, err)
		emails, dropped := 0, []string{export.Blob}
		for _, job := range f.Jobs() {
			switch job := job.(type) {
			case account.EmailJob:
				emails++
			case store.BlobJob:
				dropped = append(dropped, job.Blobs...)
			}
		}
		require.Equal(f.T, 1, emails)
		require.ElementsMatch(f.T, []string{"copy0", "copy1"}, dropped, "one is kept, the other's file goes")
	})
}

// Nobody's data is left lying about because they were faster than the worker.
func TestObsoleteExportIsDeleted(t *testing.T) {
	everywhere(t, func(f *fixture) {
		for i, meanwhile := range []func(u *account.User) error{
			func(u *account.User) error { return f.DeleteAccount(f.Ctx, u, domain.Password) },
			func(u *account.User) error {
				f.Exec("UPDATE exports SET created_at = ? WHERE user_id = ?", time.Now().Add(-2*time.Hour).UTC(), u.ID)
				return f.RequestExport(f.Ctx, u)
			},
			func(u *account.User) error {
				f.Exec("UPDATE exports SET created_at = ? WHERE user_id = ?", time.Now().Add(-2*account.ExportLife).UTC(), u.ID)
				return f.Sweep(f.Ctx)
			},
		} {
			u := f.User(fmt.Sprint("person", i))
			err := f.WriteExport(f.Ctx, f.askExport(u), func(context.Context, *chat.ExportData) (string, int64, error) {
				err := meanwhile(u)
				f.Jobs()
				return "late copy", 1, err
			})
			require.NoError(f.T, err, "there is nothing left to try")
			require.Equal(f.T, store.BlobJob{Blobs: []string{"late copy"}}, only[store.BlobJob](f), "case %d", i)
		}
	})
}
