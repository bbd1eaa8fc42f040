//go:build rehearsal

package rehearsal

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"
	"dchat/test/page"
	"dchat/test/rehearsal/swarm"

	"github.com/stretchr/testify/require"
)

// TestTheStack rehearses events on a deployed stack and prints the outcomes as a table.
func TestTheStack(t *testing.T) {
	s := swarm.Deployed(t)
	anna, bert := s.Couple()

	t.Run("two replicas", func(t *testing.T) {
		entries := s.For(t).Apart()
		k := openTalk(t, anna.At(entries[0]), bert.At(entries[1]))
		content := make([]byte, 5_000_000)
		rand.Read(content)
		for from := range k.pages {
			k.sendFile(from, fmt.Sprintf("%d.bin", from), content)
		}
		report(t, k.during("nothing", func() {}))
	})
	for _, scene := range []struct {
		what string
		play func(s *swarm.Stack, k *talk)
	}{
		{"the app is updated", func(s *swarm.Stack, _ *talk) { s.Renew("app") }},
		{"every replica is killed, one after the other", func(s *swarm.Stack, _ *talk) {
			for _, c := range s.Containers("app") {
				s.Kill("app", c)
			}
		}},
		{"Redis is restarted", func(s *swarm.Stack, _ *talk) { s.Renew("redis") }},
		{"the worker is stopped for a minute", workerStopped},
		{"the media server is restarted", mediaRestarted},
		{"Postgres is restarted", func(s *swarm.Stack, _ *talk) { s.Renew("postgres") }},
	} {
		t.Run(scene.what, func(t *testing.T) {
			k := openTalk(t, anna, bert)
			report(t, k.during(scene.what, func() { scene.play(s.For(t), k) }))
		})
	}
	t.Run("a backup is taken and restored", func(t *testing.T) { restored(t, s.For(t), anna, bert) })
	table(t)
}

// workerStopped checks that emails and previews are delayed, and arrive afterwards.
func workerStopped(s *swarm.Stack, k *talk) {
	t := k.t
	s.Scale("worker", "0")
	picture, body := new(bytes.Buffer), "a picture without a worker"
	require.NoError(t, png.Encode(picture, image.NewGray(image.Rect(0, 0, 600, 400))))
	k.pages[0].send(body, func() {}, upload(t, k.pages[0].who, "grey.png", "image/png", picture.Bytes()))
	isIt := func(r page.Row) bool { return r.Text == body }
	require.NotContains(t, k.pages[1].HTML(k.pages[1].await(body, isIt)), "<img")
	if s.HasMail() {
		k.pages[0].who.Post("/password/forgot", url.Values{"email": {k.pages[0].who.Username + "@example.org"}}, false)
	}
	time.Sleep(time.Minute)
	s.Scale("worker", "1")
	require.Eventually(t, func() bool { return strings.Contains(k.pages[1].HTML(k.pages[1].await(body, isIt)), "<img") }, patience, interval, "no preview")
	if s.HasMail() {
		s.Email(k.pages[0].who, "password")
	}
}

// mediaRestarted checks that a download during the restart succeeds or is refused with Retry-After.
func mediaRestarted(s *swarm.Stack, k *talk) {
	t := k.t
	content := make([]byte, 500_000)
	rand.Read(content)
	k.sendFile(0, "before.bin", content)
	link := k.pages[1].link(k.pages[1].await("the file", func(r page.Row) bool { return r.Text == "look at before.bin" }))
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Renew("mediaserver")
	}()
	requests, later := 0, 0
	for over := false; !over; {
		select {
		case <-done:
			over = true
		case <-time.After(interval):
		}
		answer := k.pages[1].who.Get(link, false)
		switch requests++; answer.Status {
		case http.StatusOK:
			require.True(t, bytes.Equal(content, []byte(answer.Body)))
		case http.StatusServiceUnavailable:
			require.NotEmpty(t, answer.Header.Get("Retry-After"))
			later++
		default:
			require.Fail(t, "unexpected answer", "%d %s", answer.Status, answer.Body)
		}
	}
	t.Logf("a file was requested %d times, %d of them refused with Retry-After", requests, later)
	k.sendFile(1, "after.bin", content)
}

// restored takes a backup during a conversation, and restores it after more messages. Without a reload the pages then
// show the restored messages, and the conversation continues.
func restored(t *testing.T, s *swarm.Stack, anna, bert *harness.Person) {
	k := openTalk(t, anna, bert)
	content := make([]byte, 5_000_000)
	rand.Read(content)
	k.sendFile(0, "kept.bin", content)
	archive, err := os.Create(filepath.Join(t.TempDir(), "chat.tar"))
	require.NoError(t, err)
	defer archive.Close()
	report(t, k.during("a backup is taken", func() { s.Backup(archive) }))
	k.sendFile(1, "lost.bin", content[:1000])
	before := ids(k.stored())

	_, err = archive.Seek(0, io.SeekStart)
	require.NoError(t, err)
	s.Restore(archive)
	kept := ids(k.stored())
	require.Less(t, len(kept), len(before))
	require.Equal(t, before[:len(kept)], kept, "the restored messages are the first of those before")
	for _, p := range k.pages {
		p.awaitConnected()
		require.Eventually(t, func() bool {
			shown := ids(p.log())
			return len(shown) > 0 && len(shown) <= len(kept) && slices.Equal(shown, kept[len(kept)-len(shown):])
		}, patience, interval, "a page does not show the restored messages")
		file := p.await("the file", func(r page.Row) bool { return r.Text == "look at kept.bin" })
		answer := p.who.Get(p.link(file), false)
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		require.True(t, bytes.Equal(content, []byte(answer.Body)), "the file is changed")
	}
	report(t, k.during("the conversation continues after a restore", func() {}))
}

func ids(rows []page.Row) []string {
	list := make([]string, len(rows))
	for i, r := range rows {
		list[i] = r.ID + " " + r.Text
	}
	return list
}

var outcomes []outcome

// report adds an outcome to the table and checks it.
func report(t *testing.T, o outcome) {
	t.Helper()
	outcomes = append(outcomes, o)
	o.requireComplete(t)
}

func table(t *testing.T) {
	t.Helper()
	text := "\n| while | messages | lost | doubled | out of order | longest wait for a message | longest without a line | sends refused, then repeated | cut off, then repeated |\n" + "|---|---|---|---|---|---|---|---|---|\n"
	for _, o := range outcomes {
		text += fmt.Sprintf("| %s | %d | %d | %d | %d | %.1f s | %.1f s | %d | %d |\n", o.what, o.messages, o.lost, o.doubled, o.disordered,
			o.pause.Seconds(), o.disconnected.Seconds(), o.refused, o.noAnswer)
	}
	t.Log(text)
}
