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

	"dchat/app/chat"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// askExport asks for a copy and returns its id.
func (w *world) askExport(u *chat.User) string {
	w.t.Helper()
	w.jobs()
	require.NoError(w.t, w.AskExport(w.ctx, u))
	for _, job := range w.jobs() {
		if export, ok := job.(chat.ExportJob); ok {
			return export.ExportID
		}
	}
	w.t.Fatal("no copy is being made")
	return ""
}

// stored is what a worker's write does, apart from writing.
func stored(blob string, size int64) func(context.Context, *chat.ExportData) (string, int64, error) {
	return func(context.Context, *chat.ExportData) (string, int64, error) { return blob, size, nil }
}

func TestACopyHoldsAllThatIsOnes(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob, cyd, eve := w.person("anna"), w.person("bobby"), w.person("cydney"), w.person("evelyn")
		for _, u := range []*chat.User{bob, cyd} {
			require.NoError(w.t, w.SetZone(w.ctx, u, "Europe/Lisbon"))
			w.contacts(ann, u)
			w.contacts(u, eve)
		}
		const many = 603 // several pages
		var wg sync.WaitGroup
		for n := range many {
			wg.Add(1)
			go func() {
				defer wg.Done()
				pair := [2]*chat.User{ann, bob}
				if _, err := w.Send(w.ctx, pair[n%2], pair[1-n%2], uuid.New(), fmt.Sprintf("words %d", n)); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		w.say(cyd, ann, "a secret for Anna")
		w.say(cyd, eve, "a secret for Eve")
		_, err := w.Block(w.ctx, cyd, ann)
		require.NoError(w.t, err)
		_, err = w.Ask(w.ctx, eve, ann)
		require.NoError(w.t, err)
		session := w.signIn(ann)

		calls := 0
		require.NoError(w.t, w.WriteExport(w.ctx, w.askExport(ann), func(ctx context.Context, data *chat.ExportData) (string, int64, error) {
			calls++
			require.Equal(w.t, "anna@example.org", data.User.Email)
			require.Len(w.t, data.Sessions, 1)
			require.Equal(w.t, session.ID, data.Sessions[0].ID)
			standings, messages := map[string]chat.Standing{}, map[string][]string{}
			for _, e := range data.Relations {
				standings[e.Other.Username] = e.Standing
				require.Empty(w.t, e.Other.Email+e.Other.EmailKey+e.Other.NewEmail+e.Other.PasswordHash, "what is another's is not one's own")
				seq := int64(0)
				require.NoError(w.t, data.Messages(ctx, e, func(m *chat.Message) error {
					require.Equal(w.t, seq+1, m.Seq, "in order, without a gap")
					seq = m.Seq
					messages[e.Other.Username] = append(messages[e.Other.Username], m.Body)
					return nil
				}))
			}
			require.Equal(w.t, map[string]chat.Standing{"bobby": chat.InContact, "cydney": chat.Stranger, "evelyn": chat.Asking}, standings)
			require.Equal(w.t, w.bodies(ann, bob), messages["bobby"])
			require.Len(w.t, messages["bobby"], many)
			require.Equal(w.t, []string{"a secret for Anna"}, messages["cydney"])
			require.Empty(w.t, messages["evelyn"])
			text, err := json.Marshal(data)
			require.NoError(w.t, err)
			for _, foreign := range []string{"bobby@example.org", "cydney@example.org", "evelyn@example.org", "a secret for Eve"} {
				require.NotContains(w.t, string(text), foreign)
			}
			return "copy", 12345, nil
		}))
		require.Equal(w.t, 1, calls)
	})
}

func TestACopyIsReadyOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		latest := func() *chat.Export {
			w.t.Helper()
			export, err := w.LatestExport(w.ctx, ann)
			require.NoError(w.t, err)
			return export
		}
		require.Nil(w.t, latest())
		id := w.askExport(ann)
		require.Zero(w.t, latest().ReadyAt)
		require.NoError(w.t, w.AskExport(w.ctx, ann))
		require.Empty(w.t, w.jobs(), "one is being made")
		_, err := w.File(w.ctx, ann, id)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err), "it is not ready")

		broken := errors.New("the disk is full")
		require.ErrorIs(w.t, w.WriteExport(w.ctx, id, func(context.Context, *chat.ExportData) (string, int64, error) { return "", 0, broken }), broken)
		require.Zero(w.t, latest().ReadyAt)
		w.told()
		require.NoError(w.t, w.WriteExport(w.ctx, id, stored("copy", 12345)))
		goes(w.t, only[chat.LetterJob](w), chat.LetterExport, ann, ann.Email)
		require.Equal(w.t, ids(ann), viewers(w.told()), "the settings page shows it")
		require.Equal(w.t, []any{"copy", int64(12345)}, []any{latest().Blob, latest().Size})
		require.NotZero(w.t, latest().ReadyAt)
		file, err := w.File(w.ctx, ann, id)
		require.NoError(w.t, err)
		require.Equal(w.t, chat.File{Blob: "copy", Type: "application/zip", Name: "dchat-anna.zip"}, *file)
		require.NoError(w.t, w.WriteExport(w.ctx, id, func(context.Context, *chat.ExportData) (string, int64, error) {
			w.t.Error("it is there already")
			return "", 0, nil
		}))
		require.NoError(w.t, w.WriteExport(w.ctx, "nothing", stored("x", 1)))
		require.Empty(w.t, w.jobs())

		_, err = w.File(w.ctx, bob, id)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err), "it is not theirs")
		for _, other := range []string{strings.ToUpper(id), id + ".96", id[1:], "copy", ""} {
			_, err = w.File(w.ctx, ann, other)
			require.Equal(w.t, chat.NotFound, chat.CodeOf(err), other)
		}
		w.exec("UPDATE exports SET created_at = ?", time.Now().Add(-chat.ExportLife+time.Minute).UTC())
		_, err = w.File(w.ctx, ann, id)
		require.NoError(w.t, err)
		w.exec("UPDATE exports SET created_at = ?", time.Now().Add(-chat.ExportLife-time.Minute).UTC())
		_, err = w.File(w.ctx, ann, id)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err), "it has run out")
		require.Nil(w.t, latest())

		require.NoError(w.t, w.AskExport(w.ctx, ann))
		var blobs []string
		for _, job := range w.jobs() {
			if drop, ok := job.(chat.BlobJob); ok {
				blobs = append(blobs, drop.Blobs...)
			}
		}
		require.Equal(w.t, []string{"copy"}, blobs, "a new one takes its place")
		require.Equal(w.t, 1, w.count("SELECT count(*) FROM exports"))
	})
}

// A worker that takes long may be thought dead, and its job is done by another one.
func TestACopyMadeTwiceIsKeptOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		id := w.askExport(ann)
		var both sync.WaitGroup
		both.Add(2)
		errs := race(2, func(i int) error {
			return w.WriteExport(w.ctx, id, func(context.Context, *chat.ExportData) (string, int64, error) {
				both.Done()
				both.Wait()
				return fmt.Sprint("copy", i), 1, nil
			})
		})
		for _, err := range errs {
			require.NoError(w.t, err)
		}
		export, err := w.LatestExport(w.ctx, ann)
		require.NoError(w.t, err)
		letters, dropped := 0, []string{export.Blob}
		for _, job := range w.jobs() {
			switch job := job.(type) {
			case chat.LetterJob:
				letters++
			case chat.BlobJob:
				dropped = append(dropped, job.Blobs...)
			}
		}
		require.Equal(w.t, 1, letters)
		require.ElementsMatch(w.t, []string{"copy0", "copy1"}, dropped, "one is kept, the other's file goes")
	})
}

// Nobody's data is left lying about because they were faster than the worker.
func TestACopyNobodyWaitsForIsDropped(t *testing.T) {
	everywhere(t, func(w *world) {
		for i, meanwhile := range []func(u *chat.User) error{
			func(u *chat.User) error { return w.DeleteAccount(w.ctx, u, password) },
			func(u *chat.User) error {
				w.exec("UPDATE exports SET created_at = ? WHERE user_id = ?", time.Now().Add(-2*time.Hour).UTC(), u.ID)
				return w.AskExport(w.ctx, u)
			},
			func(u *chat.User) error {
				w.exec("UPDATE exports SET created_at = ? WHERE user_id = ?", time.Now().Add(-2*chat.ExportLife).UTC(), u.ID)
				return w.Sweep(w.ctx)
			},
		} {
			u := w.person(fmt.Sprint("person", i))
			err := w.WriteExport(w.ctx, w.askExport(u), func(context.Context, *chat.ExportData) (string, int64, error) {
				err := meanwhile(u)
				w.jobs()
				return "late copy", 1, err
			})
			require.NoError(w.t, err, "there is nothing left to try")
			require.Equal(w.t, chat.BlobJob{Blobs: []string{"late copy"}}, only[chat.BlobJob](w), "case %d", i)
		}
	})
}
