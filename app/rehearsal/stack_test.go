//go:build rehearsal

package rehearsal

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"dchat/app/apptest"

	"github.com/stretchr/testify/require"
)

// TestTheStack rehearses a deployed stack, whose address and name come from the environment, and prints what people
// have noticed as a table.
func TestTheStack(t *testing.T) {
	base, name := os.Getenv("DCHAT_REHEARSE_URL"), os.Getenv("DCHAT_REHEARSE_STACK")
	require.NotEmpty(t, base, "DCHAT_REHEARSE_URL")
	require.NotEmpty(t, name, "DCHAT_REHEARSE_STACK")
	s := &stack{t, name}
	s.awaitWhole()
	entry := apptest.At(t, base)
	tag := strings.ToLower(rand.Text()[:6])
	anna, bert := join(t, &entry, "anna-"+tag), join(t, &entry, "bert-"+tag)
	apptest.Connect(t, anna, bert)

	t.Run("two replicas", func(t *testing.T) {
		s := &stack{t, name}
		replicas := s.containers("app")
		require.GreaterOrEqual(t, len(replicas), 2)
		k := meet(t, anna.At(s.pin("entry-1", replicas[0], base)), bert.At(s.pin("entry-2", replicas[1], base)))
		content := make([]byte, 5_000_000)
		rand.Read(content)
		for from := range k.pages {
			k.sendFile(from, fmt.Sprintf("%d.bin", from), content)
		}
		report(t, k.during("nothing", func() {}))
	})
	for _, scene := range []struct {
		what string
		play func(s *stack, k *talk)
	}{
		{"the app is updated", func(s *stack, _ *talk) { s.renew("app") }},
		{"every replica is killed, one after the other", func(s *stack, _ *talk) {
			for _, c := range s.containers("app") {
				s.kill("app", c)
			}
		}},
		{"Redis is restarted", func(s *stack, _ *talk) { s.renew("redis") }},
		{"the worker is gone for a minute", workerGone},
		{"the media server is restarted", mediaRestarted},
		{"Postgres is restarted", func(s *stack, _ *talk) { s.renew("postgres") }},
	} {
		t.Run(scene.what, func(t *testing.T) {
			s, k := &stack{t, name}, meet(t, anna, bert)
			report(t, k.during(scene.what, func() { scene.play(s, k) }))
		})
	}
	table(t)
}

// workerGone: letters and previews wait, and come afterwards.
func workerGone(s *stack, k *talk) {
	s.scale("worker", "0")
	picture, body := new(bytes.Buffer), "a picture without a worker"
	require.NoError(s.t, png.Encode(picture, image.NewGray(image.Rect(0, 0, 600, 400))))
	k.pages[0].say(body, func() {}, upload(s.t, k.pages[0].who, "grey.png", "image/png", picture.Bytes()))
	isIt := func(r row) bool { return r.body == body }
	require.NotContains(s.t, k.pages[1].await(body, isIt).html, "<img")
	if mailpit != "" {
		k.pages[0].who.Post("/password/forgot", url.Values{"email": {k.pages[0].who.Username + "@example.org"}}, false)
	}
	time.Sleep(time.Minute)
	s.scale("worker", "1")
	k.pages[1].await("the preview", func(r row) bool { return isIt(r) && strings.Contains(r.html, "<img") })
	if mailpit != "" {
		letter(s.t, k.pages[0].who, "password")
	}
}

// mediaRestarted: a file that is asked for meanwhile comes, or it is said kindly that it will.
func mediaRestarted(s *stack, k *talk) {
	content := make([]byte, 500_000)
	rand.Read(content)
	k.sendFile(0, "before.bin", content)
	link := k.pages[1].await("the file", func(r row) bool { return r.body == "look at before.bin" }).link(s.t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.renew("mediaserver")
	}()
	asked, later := 0, 0
	for over := false; !over; {
		select {
		case <-done:
			over = true
		case <-time.After(often):
		}
		answer := k.pages[1].who.Get(link, false)
		switch asked++; answer.Status {
		case http.StatusOK:
			require.True(s.t, bytes.Equal(content, []byte(answer.Body)))
		case http.StatusServiceUnavailable:
			require.NotEmpty(s.t, answer.Header.Get("Retry-After"))
			later++
		default:
			require.Fail(s.t, "not kind", "%d %s", answer.Status, answer.Body)
		}
	}
	s.t.Logf("a file was asked for %d times, and %d times it was to be asked for later", asked, later)
	k.sendFile(1, "after.bin", content)
}

var outcomes []outcome

// report keeps what happened for the table, and lets the test fail for what may not happen.
func report(t *testing.T, o outcome) {
	t.Helper()
	outcomes = append(outcomes, o)
	o.whole(t)
}

func table(t *testing.T) {
	t.Helper()
	text := "\n| while | messages | lost | doubled | out of order | longest wait for a message | longest without a line | sends refused, then repeated | cut off, then repeated |\n" + "|---|---|---|---|---|---|---|---|---|\n"
	for _, o := range outcomes {
		text += fmt.Sprintf("| %s | %d | %d | %d | %d | %.1f s | %.1f s | %d | %d |\n", o.what, o.messages, o.lost, o.doubled, o.disordered,
			o.pause.Seconds(), o.away.Seconds(), o.refused, o.unanswered)
	}
	t.Log(text)
}
