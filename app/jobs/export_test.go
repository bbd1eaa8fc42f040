package jobs_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/files"
	"dchat/app/imagesize"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// writers are two contacts who have written to each other, one of them with a picture.
func (w *fixture) writers(messages int) (anna, bert *account.User) {
	w.t.Helper()
	anna, bert = w.signUp("anna"), w.signUp("bert")
	w.exec("UPDATE users SET verified_at = created_at")
	_, err := w.SendRequest(w.ctx, anna, bert)
	require.NoError(w.t, err)
	_, err = w.Accept(w.ctx, bert, anna)
	require.NoError(w.t, err)
	for i := range messages {
		from, to := anna, bert
		if i%2 == 1 {
			from, to = bert, anna
		}
		_, err := w.Send(w.ctx, from, to, uuid.New(), fmt.Sprintf("message %d with <b>no bold</b> and a line\nbreak", i))
		require.NoError(w.t, err)
	}
	w.putPicture("anna-portrait")
	picture := "anna-portrait"
	anna, err = w.SetProfile(w.ctx, anna, "Anna <i>Berg</i>", &picture)
	require.NoError(w.t, err)
	return anna, bert
}

func (w *fixture) putPicture(id string) {
	w.t.Helper()
	for _, width := range imagesize.Squares {
		_, err := w.options.Files.Put(w.ctx, imagesize.File(id, width), strings.NewReader(fmt.Sprint("pixels of ", width)))
		require.NoError(w.t, err)
	}
}

// copyOf returns the finished copy of a person's data, by file name.
func (w *fixture) copyOf(user *account.User) map[string]string {
	w.t.Helper()
	var export *account.Export
	w.eventually("the copy is ready", func() (ready bool) {
		var err error
		export, err = w.LatestExport(w.ctx, user)
		require.NoError(w.t, err)
		return export != nil && !export.ReadyAt.IsZero()
	})
	file, err := w.options.Files.Open(w.ctx, export.Blob)
	require.NoError(w.t, err)
	defer file.Close()
	raw, err := io.ReadAll(file)
	require.NoError(w.t, err)
	require.Equal(w.t, export.Size, int64(len(raw)))
	archive, err := zip.NewReader(bytes.NewReader(raw), export.Size)
	require.NoError(w.t, err)
	found := map[string]string{}
	for _, entry := range archive.File {
		r, err := entry.Open()
		require.NoError(w.t, err)
		text, err := io.ReadAll(r)
		require.NoError(w.t, err)
		found[entry.Name] = string(text)
	}
	return found
}

func TestExportContents(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, bert := w.writers(7)
		_, err := w.OpenSession(w.ctx, anna, "Annas browser")
		require.NoError(t, err)
		_, err = w.options.Files.Put(w.ctx, "plans", strings.NewReader("the plans"))
		require.NoError(t, err)
		for i, sender := range []*account.User{anna, bert} {
			id := fmt.Sprint("file", i)
			_, err = w.AddAttachment(w.ctx, sender, id, attachment.Stored{Name: "Pläne <1>.txt", Type: "text/plain", Blob: "plans", Size: 9, SHA256: []byte("x")})
			require.NoError(t, err)
			_, err = w.Send(w.ctx, sender, []*account.User{bert, anna}[i], uuid.New(), "", id)
			require.NoError(t, err)
		}
		require.NoError(t, w.RequestExport(w.ctx, anna))
		require.NoError(t, w.SetSeen(w.ctx, map[int64]time.Time{anna.ID: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}))
		w.worker()
		found := w.copyOf(anna)
		require.Len(t, found, 5)
		require.Contains(t, found["data.json"], `"last_seen_at":"2026-05-04T03:02:00Z"`)
		require.Equal(t, "the plans", found["files/file0/Pläne <1>.txt"])
		require.Equal(t, "the plans", found["files/file1/Pläne <1>.txt"])
		require.Equal(t, "pixels of 512", found["files/picture.jpg"])

		var data struct {
			Profile       struct{ Username, Email, Picture string }
			Sessions      []struct{ UserAgent string }
			Conversations []struct {
				With     struct{ Username string }
				Standing string
				Messages []struct {
					Number     int64
					From, Body string
					Files      []struct{ Path string }
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(found["data.json"]), &data), found["data.json"])
		require.Equal(t, "anna@example.org", data.Profile.Email)
		require.Equal(t, "files/picture.jpg", data.Profile.Picture)
		require.Len(t, data.Conversations, 1)
		require.Equal(t, "bert", data.Conversations[0].With.Username)
		require.Len(t, data.Conversations[0].Messages, 9)
		require.Equal(t, "files/file1/Pläne <1>.txt", data.Conversations[0].Messages[8].Files[0].Path)
		require.Equal(t, "anna", data.Conversations[0].Messages[6].From)
		require.Equal(t, "message 6 with <b>no bold</b> and a line\nbreak", data.Conversations[0].Messages[6].Body)

		page, err := goquery.NewDocumentFromReader(strings.NewReader(found["index.html"]))
		require.NoError(t, err)
		require.Equal(t, "Anna <i>Berg</i>", page.Find("h1").Text())
		require.Equal(t, 9, page.Find("article").Length())
		require.Equal(t, "files/file0/Pl%C3%A4ne%20%3C1%3E.txt", page.Find("article a[href^=files]").First().AttrOr("href", ""))
		require.Contains(t, page.Find("article").First().Text(), "message 0 with <b>no bold</b>")
		require.Contains(t, page.Text(), "Annas browser")
		require.Zero(t, page.Find("script, link, iframe").Length())
		require.Equal(t, "files/picture.jpg", page.Find("img").AttrOr("src", ""))
		for name, text := range found {
			require.NotContains(t, text, "argon2", name)
			require.NotContains(t, text, bert.Email, name)
		}
		require.Contains(t, w.sink.await(anna.Email).text, home+"/settings")
	})
}

func TestLongExportIsComplete(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, _ := w.writers(600)
		require.NoError(t, w.RequestExport(w.ctx, anna))
		w.worker()
		found := w.copyOf(anna)
		require.Equal(t, 600, strings.Count(found["index.html"], "<article"))
		require.True(t, json.Valid([]byte(found["data.json"])))
		require.Equal(t, 600, strings.Count(found["data.json"], `"number":`))
	})
}

// stuckFiles takes in nothing until the one who stores gives up.
type stuckFiles struct {
	files.Store
	reached chan struct{}
	once    sync.Once
}

func (f *stuckFiles) Put(ctx context.Context, _ string, r io.Reader) (files.Blob, error) {
	_, _ = io.ReadFull(r, make([]byte, 10))
	f.once.Do(func() { close(f.reached) })
	<-ctx.Done()
	return files.Blob{}, ctx.Err()
}

func TestStopCancelsExport(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, _ := w.writers(3)
		require.NoError(t, w.RequestExport(w.ctx, anna))
		disk, stuck := w.options.Files, &stuckFiles{reached: make(chan struct{})}
		w.options.Files = stuck
		first := w.worker()
		<-stuck.reached
		w.stop(first)
		require.Equal(t, map[string]int{"available": 1}, w.states("export"), "put back")
		require.Zero(t, w.log.count("will be tried again"), "a cancelled job is not a failure")

		w.options.Files = disk
		w.worker()
		require.Len(t, w.copyOf(anna), 3)
	})
}

func TestReplacedPicturesAreDeleted(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, _ := w.writers(0)
		w.putPicture("another")
		picture := "another"
		_, err := w.SetProfile(w.ctx, anna, anna.DisplayName, &picture)
		require.NoError(t, err)
		w.worker()
		for _, width := range imagesize.Squares {
			w.eventually("the old picture is gone", func() bool {
				_, err := w.options.Files.Open(w.ctx, imagesize.File("anna-portrait", width))
				return errors.Is(err, files.ErrNotFound)
			})
			file, err := w.options.Files.Open(w.ctx, imagesize.File("another", width))
			require.NoError(t, err)
			require.NoError(t, file.Close())
		}
	})
}

// A copy holds what became of messages, and nothing that the person no longer sees.
func TestExportHoldsWhatBecameOfMessages(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, bert := w.writers(1)
		carl := w.signUp("carl")
		w.exec("UPDATE users SET verified_at = created_at")
		_, err := w.SendRequest(w.ctx, anna, carl)
		require.NoError(t, err)
		_, err = w.Accept(w.ctx, carl, anna)
		require.NoError(t, err)
		say := func(from, to *account.User, out chat.Outgoing) *chat.Message {
			out.Key, out.Read = uuid.New(), chat.ReadAll
			m, err := w.SendMessage(w.ctx, from, to, out)
			require.NoError(t, err)
			return m
		}
		m := say(anna, bert, chat.Outgoing{Body: "first words"})
		_, err = w.Edit(w.ctx, anna, bert, m.Seq, m.Rev, "last words")
		require.NoError(t, err)
		_, err = w.React(w.ctx, bert, anna, m.Seq, "👍")
		require.NoError(t, err)
		_, err = w.Save(w.ctx, anna, bert, m.Seq, true)
		require.NoError(t, err)
		_, err = w.Save(w.ctx, bert, anna, 1, true)
		require.NoError(t, err)
		say(bert, anna, chat.Outgoing{Body: "an answer", Reply: m.Seq})
		source := say(carl, anna, chat.Outgoing{Body: "passed on"})
		require.NoError(t, w.Forward(w.ctx, anna, carl, source.Seq, []*account.User{bert}, uuid.New()))
		for _, body := range []string{"hidden secret", "hidden by bert"} {
			viewer, other := anna, bert
			if body == "hidden by bert" {
				viewer, other = bert, anna
			}
			_, err = w.Hide(w.ctx, viewer, other, say(bert, anna, chat.Outgoing{Body: body}).Seq)
			require.NoError(t, err)
		}
		_, err = w.Delete(w.ctx, bert, anna, say(bert, anna, chat.Outgoing{Body: "deleted secret"}).Seq)
		require.NoError(t, err)
		_, err = w.SetTimer(w.ctx, bert, anna, 24*time.Hour)
		require.NoError(t, err)
		say(bert, anna, chat.Outgoing{Body: "expired secret"})
		w.exec("UPDATE messages SET expires_at = created_at WHERE body = 'expired secret'")
		say(bert, anna, chat.Outgoing{Body: "stays a day"})
		require.NoError(t, w.RequestExport(w.ctx, anna))
		w.worker()
		found := w.copyOf(anna)

		type message struct {
			Number                  int64
			From, Body              string
			Answers                 int64
			Forwarded               bool
			Notice                  string
			SavedAt                 string `json:"saved_at"`
			DeletedAt, DisappearsAt string
			Before                  []struct{ Body, WrittenAt string }
			Reactions               []struct{ From, Emoji string }
		}
		var data struct {
			Conversations []struct {
				With     struct{ Username string }
				Messages []message
			}
		}
		require.NoError(t, json.Unmarshal([]byte(strings.NewReplacer(`"deleted_at"`, `"DeletedAt"`, `"disappears_at"`, `"DisappearsAt"`, `"written_at"`, `"WrittenAt"`).Replace(found["data.json"])), &data))
		i := slices.IndexFunc(data.Conversations, func(c struct {
			With     struct{ Username string }
			Messages []message
		},
		) bool {
			return c.With.Username == "bert"
		})
		list := data.Conversations[i].Messages
		var numbers []int64
		for _, m := range list {
			numbers = append(numbers, m.Number)
		}
		require.Equal(t, []int64{1, 2, 3, 4, 6, 7, 8, 10}, numbers, "without what was hidden, or disappeared")
		require.Empty(t, list[0].SavedAt, "Bert has saved it")
		edited := list[1]
		require.Equal(t, "last words", edited.Body)
		require.NotEmpty(t, edited.SavedAt)
		require.Equal(t, "first words", edited.Before[0].Body)
		require.NotEmpty(t, edited.Before[0].WrittenAt)
		require.Equal(t, []struct{ From, Emoji string }{{"bert", "👍"}}, edited.Reactions)
		require.Equal(t, edited.Number, list[2].Answers)
		require.True(t, list[3].Forwarded)
		require.Equal(t, "passed on", list[3].Body)
		require.NotEmpty(t, list[5].DeletedAt)
		require.Equal(t, "timer", list[6].Notice)
		require.NotEmpty(t, list[7].DisappearsAt)

		page := found["index.html"]
		for _, secret := range []string{"hidden secret", "deleted secret", "expired secret"} {
			require.NotContains(t, page, secret)
			require.NotContains(t, found["data.json"], secret)
		}
		for _, shown := range []string{"first words", "last words", ", edited, saved", ", forwarded", "👍", "hidden by bert"} {
			require.Contains(t, page, shown)
		}
		html, err := goquery.NewDocumentFromReader(strings.NewReader(page))
		require.NoError(t, err)
		quote := html.Find(".quote a")
		require.Equal(t, 1, quote.Length())
		require.Contains(t, html.Find(quote.AttrOr("href", "")).Text(), "last words", "a quote leads to its message")
	})
}
