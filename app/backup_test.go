package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"dchat/app"
	"dchat/app/cli"
	"dchat/app/config"
	"dchat/test/harness"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

var silent = slog.New(slog.DiscardHandler)

// A backup is taken during writes and the deletion of a file; then the archive is restored into empty
// databases of both kinds.
func TestBackupUnderLoadAndRestore(t *testing.T) {
	harness.Empty(t, func(t *testing.T, from *harness.Backend) {
		w := newLoaded(t, from)
		config := from.Config(t)
		stop := w.write(t)
		w.awaitSent(t, 20)
		before := w.sent()
		archive := &pausingBuffer{pause: func() { w.dropPicture(t) }}
		sent, err := app.Backup(t.Context(), config, silent, archive)
		require.NoError(t, err)
		require.Zero(t, sent.Missing)
		w.awaitSent(t, len(w.sent())+10)
		stop()
		ahead := w.bert.Get("/chats/anna", false).Doc().Find("#cursor").Text()
		w.node.Stop()
		written := conversation(t, from)

		harness.Empty(t, func(t *testing.T, to *harness.Backend) {
			got, err := app.Restore(t.Context(), to.Config(t), silent, bytes.NewReader(archive.Bytes()))
			require.NoError(t, err)
			require.Equal(t, sent, got)
			_, err = to.Open(t).Writer().ExecContext(t.Context(), "UPDATE person_versions SET version = version + 100000")
			require.NoError(t, err, "so that versions alone do not show where a page was")
			n := to.Start(t)
			anna, bert := n.SignIn(t, "anna"), w.bert.On(n)
			require.Equal(t, http.StatusOK, bert.Get("/", false).Status, "sessions are restored")

			is := conversation(t, to)
			require.Less(t, len(is), len(written), "messages were sent after the backup")
			require.Equal(t, written[:len(is)], is, "the messages up to one moment, complete")
			for _, body := range before {
				require.Contains(t, is, body, "messages sent before the backup")
			}
			for _, query := range []string{
				"SELECT count(*) FROM conversations AS c WHERE seq <> (SELECT count(*) FROM messages WHERE conversation_id = c.id)",
				"SELECT count(*) FROM memberships AS m WHERE version > (SELECT version FROM person_versions AS p WHERE p.user_id = m.user_id)",
			} {
				var inconsistent int
				require.NoError(t, to.Open(t).Read().NewRaw(query).Scan(t.Context(), &inconsistent))
				require.Zero(t, inconsistent, query)
			}

			require.Equal(t, w.unread, unread(bert, "carl"))
			require.Equal(t, w.files, filesOf(t, bert, "carl"), "byte for byte")
			face := bert.Get("/people/carl", false).Doc().Find("img[src^='/files/']").AttrOr("src", "")
			require.Equal(t, http.StatusOK, bert.Get(face, false).Status, "the picture that was replaced during the backup")

			page := bert.Socket(t, ahead)
			page.AwaitText(t, `hx-target="#chats"`)
			page.AwaitText(t, is[len(is)-1])
			require.NotContains(t, page.All(), written[len(is)], "messages after the backup are gone")
			a := anna.Post("/chats/bert/messages", url.Values{"body": {"written after the restore"}}, true)
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			page.AwaitText(t, "written after the restore")
		})
	})
}

// loaded is a node with writers.
type loaded struct {
	backend          *harness.Backend
	node             *harness.Node
	anna, bert, carl *harness.Person
	unread           string            // messages of carl to bert
	files            map[string]string // of carl to bert, by path

	mu   sync.Mutex
	cond *sync.Cond
	acks []string
}

func newLoaded(t *testing.T, b *harness.Backend) *loaded {
	n := b.Start(t)
	w := &loaded{backend: b, node: n, anna: n.SignUp(t, "anna"), bert: n.SignUp(t, "bert"), carl: n.SignUp(t, "carl")}
	w.cond = sync.NewCond(&w.mu)
	harness.Connect(t, w.anna, w.bert)
	harness.Connect(t, w.carl, w.bert)
	big := make([]byte, 3_000_000)
	_, _ = rand.Read(big)
	postFile(t, w.carl, "/chats/bert/messages", "attachment", "big.bin", big)
	postFile(t, w.carl, "/chats/bert/messages", "attachment", "small.png", somePNG(t))
	postFile(t, w.carl, "/profile", "picture", "me.png", somePNG(t))
	database := b.Open(t)
	require.Eventually(t, func() (ready bool) {
		require.NoError(t, database.Read().NewRaw("SELECT count(*) > 0 FROM attachments WHERE preview = 'ready'").Scan(t.Context(), &ready))
		return ready
	}, patience, patience/1000, "the preview is ready")
	w.unread, w.files = unread(w.bert, "carl"), filesOf(t, w.bert, "carl")
	require.Equal(t, "2", w.unread)
	require.GreaterOrEqual(t, len(w.files), 3, "the file, the image, and its preview")
	return w
}

// write has anna and bert write until stop.
func (w *loaded) write(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var writing sync.WaitGroup
	for from, to := range map[*harness.Person]string{w.anna: "bert", w.bert: "anna"} {
		writing.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				body := fmt.Sprintf("%s writes the %d. message", from.Username, i)
				a := from.Post("/chats/"+to+"/messages", url.Values{"body": {body}, "key": {uuid.NewString()}}, true)
				if a.Status != http.StatusOK {
					t.Errorf("%d %s", a.Status, a.Body)
					return
				}
				w.mu.Lock()
				w.acks = append(w.acks, body)
				w.cond.Broadcast()
				w.mu.Unlock()
			}
		})
	}
	stop = sync.OnceFunc(func() {
		cancel()
		writing.Wait()
	})
	t.Cleanup(stop)
	return stop
}

func (w *loaded) sent() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.acks...)
}

func (w *loaded) awaitSent(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(w.sent()) >= n }, patience, patience/1000, "%d messages", n)
}

// dropPicture replaces the picture and waits until a job tries to delete the old one.
func (w *loaded) dropPicture(t *testing.T) {
	postFile(t, w.carl, "/profile", "picture", "me.png", somePNG(t))
	database := w.backend.Open(t)
	require.Eventually(t, func() (tried bool) {
		require.NoError(t, database.Read().NewRaw("SELECT count(*) > 0 FROM river_job WHERE kind = 'drop_blobs' AND (state = 'completed' OR CAST(metadata AS text) LIKE '%snoozes%')").Scan(t.Context(), &tried))
		return tried
	}, patience, patience/1000, "a job tries to delete the old picture")
}

// pausingBuffer calls pause before it accepts the first bytes.
type pausingBuffer struct {
	bytes.Buffer
	pause func()
}

func (s *pausingBuffer) Write(b []byte) (int, error) {
	if s.Len() == 0 {
		s.pause()
	}
	return s.Buffer.Write(b)
}

func postFile(t *testing.T, p *harness.Person, path, field, name string, content []byte) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile(field, name)
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, errors.Join(err, form.Close()))
	a, err := p.Do(http.MethodPost, path, http.Header{"Origin": {p.Origin()}, "Hx-Request": {"true"}, "Content-Type": {form.FormDataContentType()}}, &b)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
}

func somePNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 700, 700))))
	return b.Bytes()
}

func unread(p *harness.Person, from string) string {
	return p.Get("/", false).Doc().Find("a[href='/chats/"+from+"'] .badge").AttrOr("data-unread", "")
}

// filesOf returns the files linked in a conversation, by path without signature.
func filesOf(t *testing.T, p *harness.Person, with string) map[string]string {
	t.Helper()
	found := map[string]string{}
	doc := p.Get("/chats/"+with, false).Doc()
	for _, at := range []string{"href", "src"} {
		for _, s := range doc.Find("article [" + at + "^='/files/']").EachIter() {
			address := s.AttrOr(at, "")
			a := p.Get(address, false)
			require.Equal(t, http.StatusOK, a.Status, address)
			path, _, _ := strings.Cut(address, "?")
			found[path] = a.Body
		}
	}
	return found
}

// conversation returns the messages of anna and bert in order.
func conversation(t *testing.T, b *harness.Backend) (bodies []string) {
	t.Helper()
	require.NoError(t, b.Open(t).Read().NewRaw(`SELECT body FROM messages JOIN users ON users.id = sender_id WHERE username <> 'carl' ORDER BY seq`).Scan(t.Context(), &bodies))
	return bodies
}

func TestBackupAndRestoreByCommand(t *testing.T) {
	harness.Empty(t, func(t *testing.T, b *harness.Backend) {
		n := b.Start(t)
		n.SignUp(t, "anna")
		command := func(config config.Config, args ...string) (string, error) {
			t.Setenv("DCHAT_DATA_DIR", config.DataDir)
			t.Setenv("DATABASE_URL", config.DatabaseURL)
			var out strings.Builder
			err := cli.Execute(t.Context(), args, &out)
			return out.String(), err
		}
		here := b.Config(t)
		file := filepath.Join(t.TempDir(), "archive")
		out, err := command(here, "backup", file)
		require.NoError(t, err)
		require.Equal(t, "Backed up: 1 people, 0 conversations, 0 messages, 0 files (0 bytes)\n", out)
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
		_, err = command(here, "backup", file)
		require.ErrorContains(t, err, "is there already")
		out, err = command(here, "backup")
		require.NoError(t, err)
		require.Contains(t, out, "manifest.json", "the archive is written to standard output")

		_, err = command(here, "restore", file)
		require.ErrorContains(t, err, "running", "a node runs")
		n.Stop()
		_, err = command(here, "restore", file)
		require.ErrorContains(t, err, "people in the database already")

		harness.Empty(t, func(t *testing.T, other *harness.Backend) {
			there := other.Config(t)
			_, err := command(there, "backup", file+".2")
			require.Error(t, err, "there is no database yet")
			whole, err := os.ReadFile(file)
			require.NoError(t, err)
			short := filepath.Join(t.TempDir(), "short")
			require.NoError(t, os.WriteFile(short, whole[:len(whole)-2000], 0o600))
			_, err = command(there, "restore", short)
			require.ErrorContains(t, err, "nothing was restored: the archive is damaged or not complete")
			out, err := command(there, "restore", file)
			require.NoError(t, err)
			require.Equal(t, "Restored: 1 people, 0 conversations, 0 messages, 0 files (0 bytes)\n", out)
			other.Start(t).SignIn(t, "anna")
		})
	})
}

// An interrupted backup leaves no file and does not block deletions.
func TestInterruptedBackup(t *testing.T) {
	b := harness.EmptySQLite(t)
	n := b.Start(t)
	n.SignUp(t, "anna")
	dir := t.TempDir()
	t.Setenv("DCHAT_DATA_DIR", b.DataDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, cli.Execute(ctx, []string{"backup", filepath.Join(dir, "archive")}, io.Discard), context.Canceled)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)

	r, w := io.Pipe() // without a reader
	defer r.Close()
	ctx, cancel = context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- cli.Execute(ctx, []string{"backup"}, w) }()
	_, err = io.ReadFull(r, make([]byte, 100))
	require.NoError(t, err)
	require.Error(t, b.Open(t).Unheld(t.Context(), func() error { return nil }), "the backup is running")
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.NoError(t, b.Open(t).Unheld(t.Context(), func() error { return nil }))
}

// When root runs the commands, files in the data folder still belong to the server's user.
func TestBackupAndRestoreAsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can write to another user's folder")
	}
	const otherUser = 65532
	archive := new(bytes.Buffer)
	from := harness.EmptySQLite(t)
	n := from.Start(t)
	n.SignUp(t, "anna")
	postFile(t, n.SignIn(t, "anna"), "/profile", "picture", "me.png", somePNG(t))
	n.Stop()
	_, err := app.Backup(t.Context(), from.Config(t), silent, archive)
	require.NoError(t, err)

	to := harness.EmptySQLite(t)
	require.NoError(t, os.Chown(to.DataDir(), otherUser, otherUser))
	_, err = app.Restore(t.Context(), to.Config(t), silent, archive)
	require.NoError(t, err)
	_, err = app.Backup(t.Context(), to.Config(t), silent, io.Discard)
	require.NoError(t, err)
	foreign, err := exec.Command("find", to.DataDir(), "-not", "-uid", fmt.Sprint(otherUser)).Output()
	require.NoError(t, err)
	require.Empty(t, string(foreign))
}
