package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/app/files"
	"dchat/db"
	"dchat/test/harness"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what must happen, with a look every tick.
const (
	patience = 20 * time.Second
	tick     = 10 * time.Millisecond
)

// tus asks as a client of the protocol does; more are headers and their values.
func tus(t *testing.T, p *person, method, path string, body io.Reader, more ...string) *answer {
	t.Helper()
	a, err := tryTus(p, method, path, body, more...)
	require.NoError(t, err)
	return a
}

func tryTus(p *person, method, path string, body io.Reader, more ...string) (*answer, error) {
	header := http.Header{"Origin": {p.Origin()}, "Tus-Resumable": {"1.0.0"}}
	if method == http.MethodPatch {
		header.Set("Content-Type", "application/offset+octet-stream")
	}
	for i := 0; i < len(more); i += 2 {
		if header.Set(more[i], more[i+1]); more[i+1] == "" {
			header.Del(more[i])
		}
	}
	return p.Do(method, path, header, body)
}

// begun begins an upload, and returns its path and its id.
func begun(t *testing.T, p *person, name string, size int64) (path, id string) {
	t.Helper()
	a := tus(t, p, http.MethodPost, "/uploads", nil, "Upload-Length", fmt.Sprint(size), "Upload-Metadata", "filetype dGV4dC9odG1s,filename "+base64.StdEncoding.EncodeToString([]byte(name)))
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	path = a.Header.Get("Location")
	require.Regexp(t, `^/uploads/[a-z0-9]{26}$`, path)
	return path, strings.TrimPrefix(path, "/uploads/")
}

func patch(t *testing.T, p *person, path string, offset int, content []byte) *answer {
	t.Helper()
	return tus(t, p, http.MethodPatch, path, bytes.NewReader(content), "Upload-Offset", strconv.Itoa(offset))
}

// offset is how much has come.
func offset(t *testing.T, p *person, path string) int {
	t.Helper()
	a := tus(t, p, http.MethodHead, path, nil)
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	n, err := strconv.Atoi(a.Header.Get("Upload-Offset"))
	require.NoError(t, err)
	return n
}

// uploaded sends a file in one piece, and returns its id.
func uploaded(t *testing.T, p *person, name string, content []byte) string {
	t.Helper()
	path, id := begun(t, p, name, int64(len(content)))
	if len(content) > 0 {
		a := patch(t, p, path, 0, content)
		require.Equal(t, http.StatusNoContent, a.Status, a.Body)
	}
	return id
}

// sendFiles sends a message with files that have come.
func sendFiles(p *person, to, body, key string, ids ...string) *answer {
	return p.Post("/chats/"+to+"/messages", url.Values{"body": {body}, "key": {key}, "attachment": ids}, true)
}

func sentFiles(t *testing.T, p *person, to string, ids ...string) {
	t.Helper()
	a := sendFiles(p, to, "", uuid.NewString(), ids...)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
}

// links are the addresses of the files that a person is shown in a conversation, in order.
func links(t *testing.T, p *person, with string) (paths []string) {
	t.Helper()
	a := p.Get("/chats/"+with, true)
	require.Equal(t, http.StatusOK, a.Status)
	for _, s := range a.Doc().Find("article.msg a[href^='/files/']").EachIter() {
		paths = append(paths, s.AttrOr("href", ""))
	}
	return paths
}

func noise(seed uint64, size int) []byte {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(seed)}).Read(content)
	return content
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:])
}

func TestUploads(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 4, 0)
		anna, bert, carl := crowd[0], crowd[1], crowd[2]
		content := noise(1, 200_000)
		path, id := begun(t, anna, "Präsentation \u202eexe.pdf", 200_000)

		require.Zero(t, offset(t, anna, path))
		a := patch(t, anna, path, 0, content[:70_000])
		require.Equal(t, http.StatusNoContent, a.Status, a.Body)
		require.Equal(t, "70000", a.Header.Get("Upload-Offset"))
		require.Equal(t, "1.0.0", a.Header.Get("Tus-Resumable"))
		for _, wrong := range []int{0, 69_999, 70_001, 200_000} {
			require.Equal(t, http.StatusConflict, patch(t, anna, path, wrong, content[:10]).Status)
		}
		require.Equal(t, http.StatusRequestEntityTooLarge, patch(t, anna, path, 70_000, make([]byte, 130_001)).Status)
		require.Equal(t, 70_000, offset(t, anna, path))
		require.Equal(t, http.StatusNoContent, patch(t, anna, path, 70_000, nil).Status, "nothing is something to say")
		require.Equal(t, http.StatusUnprocessableEntity, sendFiles(anna, bert.Username, "x", uuid.NewString(), id).Status, "it is not there yet")
		require.Equal(t, http.StatusNoContent, patch(t, anna, path, 70_000, content[70_000:]).Status)

		state := tus(t, anna, http.MethodHead, path, nil)
		require.Equal(t, "200000", state.Header.Get("Upload-Offset"), "after a lost response the client sees the final offset")
		require.Equal(t, "200000", state.Header.Get("Upload-Length"))
		require.Equal(t, "filename "+base64.StdEncoding.EncodeToString([]byte("Präsentation exe.pdf")), state.Header.Get("Upload-Metadata"))
		require.Equal(t, http.StatusNoContent, patch(t, anna, path, 200_000, nil).Status)
		require.Equal(t, http.StatusConflict, patch(t, anna, path, 70_000, content[70_000:]).Status)

		sentFiles(t, anna, bert.Username, id)
		for _, p := range []*person{anna, bert} {
			other := map[*person]*person{anna: bert, bert: anna}[p]
			list := links(t, p, other.Username)
			require.Len(t, list, 1)
			got := p.Get(list[0], false)
			require.Equal(t, http.StatusOK, got.Status)
			require.Equal(t, sum(content), sum([]byte(got.Body)))
			require.Contains(t, got.Header.Get("Content-Disposition"), "filename*=UTF-8''Pr%C3%A4sentation%20exe.pdf")
			require.Equal(t, http.StatusNotFound, carl.Get(list[0], false).Status)
		}
		require.Equal(t, http.StatusNotFound, tus(t, anna, http.MethodDelete, path, nil).Status, "it is sent")
		require.Len(t, links(t, bert, anna.Username), 1)
	})
}

func TestEmptyUpload(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	crowd := n.Crowd(t, 2, 0)
	id := uploaded(t, crowd[0], "empty", nil)
	require.Zero(t, offset(t, crowd[0], "/uploads/"+id))
	sentFiles(t, crowd[0], crowd[1].Username, id)
	a := crowd[1].Get(links(t, crowd[1], crowd[0].Username)[0], false)
	require.Equal(t, http.StatusOK, a.Status)
	require.Empty(t, a.Body)
}

func TestRefusedUploads(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t, func(c *config.Config) { c.MaxUpload, c.Quota = "1M", "1500k" })
		crowd := n.Crowd(t, 4, 0)
		anna, carl := crowd[0], crowd[2]
		path, _ := begun(t, anna, "file", 1000)

		options, err := anna.Do(http.MethodOptions, "/uploads", http.Header{}, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, options.Status)
		require.Equal(t, "creation,termination", options.Header.Get("Tus-Extension"))
		require.Equal(t, "1.0.0", options.Header.Get("Tus-Version"))
		require.Equal(t, "1000000", options.Header.Get("Tus-Max-Size"))

		for what, c := range map[string]struct {
			status       int
			who          *person
			method, path string
			more         []string
		}{
			"another protocol":        {412, anna, "POST", "/uploads", []string{"Tus-Resumable", "0.2.2", "Upload-Length", "5"}},
			"no protocol":             {412, anna, "PATCH", path, []string{"Tus-Resumable", "", "Upload-Offset", "0"}},
			"no length":               {400, anna, "POST", "/uploads", nil},
			"a later length":          {400, anna, "POST", "/uploads", []string{"Upload-Defer-Length", "1"}},
			"a length below nothing":  {400, anna, "POST", "/uploads", []string{"Upload-Length", "-1"}},
			"a length beyond all":     {400, anna, "POST", "/uploads", []string{"Upload-Length", "9223372036854775808"}},
			"an invalid name":         {400, anna, "POST", "/uploads", []string{"Upload-Length", "5", "Upload-Metadata", "filename ***"}},
			"too large a file":        {413, anna, "POST", "/uploads", []string{"Upload-Length", "1000001"}},
			"another kind of body":    {415, anna, "PATCH", path, []string{"Content-Type", "application/octet-stream", "Upload-Offset", "0"}},
			"a packed body":           {415, anna, "PATCH", path, []string{"Content-Encoding", "gzip", "Upload-Offset", "0"}},
			"no offset":               {400, anna, "PATCH", path, nil},
			"an offset below nothing": {400, anna, "PATCH", path, []string{"Upload-Offset", "-1"}},
			"an unknown one":          {404, anna, "PATCH", "/uploads/abc", []string{"Upload-Offset", "0"}},
			"an unknown state":        {404, anna, "HEAD", "/uploads/abc", nil},
			"an unknown end":          {404, anna, "DELETE", "/uploads/abc", nil},
			"another user's":          {404, carl, "PATCH", path, []string{"Upload-Offset", "0"}},
			"another user's state":    {404, carl, "HEAD", path, nil},
			"another user's end":      {404, carl, "DELETE", path, nil},
			"another site's":          {403, anna, "PATCH", path, []string{"Origin", "https://evil.example", "Upload-Offset", "0"}},
			"another site's end":      {403, anna, "DELETE", path, []string{"Origin", "https://evil.example"}},
			"an end without origin":   {403, anna, "DELETE", path, []string{"Origin", ""}},
			"another site's begin":    {403, anna, "POST", "/uploads", []string{"Origin", "", "Upload-Length", "5"}},
			"a stranger's":            {401, n.Stranger(), "POST", "/uploads", []string{"Upload-Length", "5"}},
			"a stranger's piece":      {401, n.Stranger(), "PATCH", path, []string{"Upload-Offset", "0"}},
		} {
			var body io.Reader
			if c.method == "PATCH" {
				body = strings.NewReader("hello")
			}
			a := tus(t, c.who, c.method, c.path, body, c.more...)
			require.Equal(t, c.status, a.Status, "%s: %s", what, a.Body)
		}
		require.Zero(t, offset(t, anna, path), "none of it did anything")

		a := tus(t, anna, http.MethodPost, "/uploads", nil, "Upload-Length", "1000001")
		require.Equal(t, "A file here has at most 1 MB.", a.Body)
		whole, _ := begun(t, anna, "file", 1_000_000)
		a = tus(t, anna, http.MethodPost, "/uploads", nil, "Upload-Length", "600000")
		require.Equal(t, http.StatusRequestEntityTooLarge, a.Status)
		require.Regexp(t, `^Your files take 1 MB of the 1\.5 MB`, a.Body)
		begun(t, carl, "file", 600_000)
		require.Equal(t, http.StatusNoContent, tus(t, anna, http.MethodDelete, whole, nil).Status)
		begun(t, anna, "file", 600_000)
	})
}

func TestUploadsOnFullDisk(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	crowd := n.Crowd(t, 2, 0)
	a := tus(t, crowd[0], http.MethodPost, "/uploads", nil, "Upload-Length", fmt.Sprint(int64(1)<<60))
	require.Equal(t, http.StatusInsufficientStorage, a.Status)
	require.Contains(t, a.Body, "no room left")
}

// slowly sends a piece of which more comes when the test says so, and returns how it ends.
func slowly(p *person, path string, offset int) (*io.PipeWriter, <-chan *answer) {
	r, w := io.Pipe()
	done := make(chan *answer, 1)
	go func() {
		a, _ := tryTus(p, http.MethodPatch, path, r, "Upload-Offset", strconv.Itoa(offset))
		_ = r.Close()
		done <- a
	}()
	return w, done
}

// nodesOf are two nodes on Postgres, and on SQLite one and the same.
func nodesOf(t *testing.T, b *backend) (near, far *harness.Node) {
	t.Helper()
	near = b.Start(t)
	if far = near; b.Redis() != nil {
		far = b.Start(t)
	}
	return near, far
}

// awaitHold waits until a piece is on its way.
func awaitHold(t *testing.T, database *db.DB) {
	t.Helper()
	require.Eventually(t, func() bool { return count(t, database, "SELECT count(*) FROM uploads WHERE holder <> ''") == 1 }, patience, tick)
}

// Bytes that arrived before a connection broke are kept; any node resumes from there, also after a restart.
func TestUploadsResume(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := nodesOf(t, b)
		crowd := near.Crowd(t, 2, 0)
		anna := crowd[0]
		content := noise(2, 3_000_000)
		path, id := begun(t, anna, "film.mp4", int64(len(content)))
		body, done := slowly(anna, path, 0)
		_, err := body.Write(content[:1_000_000])
		require.NoError(t, err)
		body.CloseWithError(io.ErrUnexpectedEOF) // the connection breaks
		<-done
		var come int
		require.Eventually(t, func() bool { come = offset(t, anna.On(far), path); return come > 900_000 }, patience, tick)
		require.LessOrEqual(t, come, 1_000_000)

		a := patch(t, anna.On(far), path, come, content[come:2_000_000])
		require.Equal(t, http.StatusNoContent, a.Status, a.Body)
		near.Restart()
		require.Equal(t, 2_000_000, offset(t, anna, path))
		require.Equal(t, http.StatusNoContent, patch(t, anna, path, 2_000_000, content[2_000_000:]).Status)
		sentFiles(t, anna.On(far), crowd[1].Username, id)
		got := crowd[1].On(far).Get(links(t, crowd[1], anna.Username)[0], false)
		require.Equal(t, sum(content), sum([]byte(got.Body)))
	})
}

// A node that stops releases its uploads, so that another node can resume at once.
func TestShutdownReleasesUploads(t *testing.T) {
	b := harness.Postgres(t)
	near, far := nodesOf(t, b)
	anna := near.Crowd(t, 2, 0)[0]
	path, _ := begun(t, anna, "film.mp4", 100_000_000)
	body, done := slowly(anna, path, 0)
	awaitHold(t, b.Open(t))
	near.BeginStop()
	require.Eventually(t, func() bool {
		a, err := near.Stranger().Do(http.MethodGet, "/readyz", http.Header{}, nil)
		return err != nil || a.Status != http.StatusOK
	}, patience, time.Millisecond)
	content := noise(3, 10_000_000)
	_, err := body.Write(content)
	require.NoError(t, err)
	require.NoError(t, body.Close())
	a := <-done
	require.Equal(t, http.StatusServiceUnavailable, a.Status, a.Body)
	require.Contains(t, a.Body, "a moment")
	near.AwaitStop()
	come := offset(t, anna.On(far), path)
	require.Positive(t, come)
	require.Less(t, come, len(content))
	require.Equal(t, http.StatusNoContent, patch(t, anna.On(far), path, come, content[come:]).Status)
}

// Two pieces at the same time: one is refused until the other has ended.
func TestConcurrentChunksAreRefused(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := nodesOf(t, b)
		anna := near.Crowd(t, 2, 0)[0]
		content := noise(4, 1_000_000)
		path, _ := begun(t, anna, "file", int64(len(content)))
		body, done := slowly(anna, path, 0)
		_, err := body.Write(content[:100_000])
		require.NoError(t, err)
		awaitHold(t, b.Open(t))
		a := patch(t, anna.On(far), path, 0, content[:10])
		require.Equal(t, http.StatusLocked, a.Status)
		require.Contains(t, a.Body, "just arriving")
		_, err = body.Write(content[100_000:])
		require.NoError(t, err)
		require.NoError(t, body.Close())
		require.Equal(t, http.StatusNoContent, (<-done).Status)
		require.Equal(t, len(content), offset(t, anna.On(far), path))
	})
}

// A silent connection loses its lock when the browser sends on another one, and its late bytes
// are ignored.
func TestSilentConnectionLosesUploadLock(t *testing.T) {
	b := harness.Postgres(t)
	near, far := nodesOf(t, b)
	crowd := near.Crowd(t, 2, 0)
	anna := crowd[0]
	content := noise(5, 1_000_000)
	path, id := begun(t, anna, "file", int64(len(content)))
	body, done := slowly(anna, path, 0)
	_, err := body.Write(content[:100_000])
	require.NoError(t, err)
	awaitHold(t, b.Open(t))

	silent := time.Now()
	var come int
	require.Eventually(t, func() bool {
		come = offset(t, anna.On(far), path)
		a := patch(t, anna.On(far), path, come, content[come:come+500_000])
		return a.Status == http.StatusNoContent
	}, patience, tick)
	t.Logf("taken over after %.1f s", time.Since(silent).Seconds())
	require.Greater(t, time.Since(silent), 8*time.Second)
	come += 500_000

	_, _ = body.Write(bytes.Repeat([]byte("x"), 900_000)) // something else
	_ = body.Close()
	require.Equal(t, http.StatusLocked, (<-done).Status)
	require.Equal(t, come, offset(t, anna.On(far), path))
	require.Equal(t, http.StatusNoContent, patch(t, anna.On(far), path, come, content[come:]).Status)
	sentFiles(t, anna, crowd[1].Username, id)
	require.Equal(t, sum(content), sum([]byte(crowd[1].Get(links(t, crowd[1], anna.Username)[0], false).Body)))
}

// A cancelled upload leaves nothing, whether it was under way or finished.
func TestCancelledUploads(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		var dir string
		n := b.Start(t, func(c *config.Config) { dir = c.DataDir })
		anna := n.Crowd(t, 2, 0)[0]
		half, _ := begun(t, anna, "file", 1_000_000)
		require.Equal(t, http.StatusNoContent, patch(t, anna, half, 0, noise(6, 500_000)).Status)
		whole := "/uploads/" + uploaded(t, anna, "file", noise(7, 1000))
		for _, path := range []string{half, whole} {
			require.Equal(t, http.StatusNoContent, tus(t, anna, http.MethodDelete, path, nil).Status)
			require.Equal(t, http.StatusNotFound, tus(t, anna, http.MethodHead, path, nil).Status)
			require.Equal(t, http.StatusNotFound, tus(t, anna, http.MethodDelete, path, nil).Status)
			require.Equal(t, http.StatusNotFound, patch(t, anna, path, 0, []byte("x")).Status)
		}
		require.Eventually(t, func() bool { return len(inStore(t, dir)) == 0 }, patience, tick)
	})
}

// inStore are the names of all that is stored in a data folder.
func inStore(t *testing.T, dir string) (names []string) {
	t.Helper()
	disk, err := files.NewDisk(filepath.Join(dir, "files"))
	require.NoError(t, err)
	defer disk.Close()
	require.NoError(t, disk.List(context.Background(), time.Now().Add(time.Minute), func(name string) error {
		names = append(names, name)
		return nil
	}))
	return names
}

// Many small files at the same time, on every node, come whole.
func TestConcurrentUploads(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := nodesOf(t, b)
		anna := near.Crowd(t, 2, 0)[0]
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				content := noise(uint64(i), 100_000+i)
				path, _ := begun(t, anna, "file", int64(len(content)))
				for from := 0; from < len(content); from += 30_000 {
					node := []*harness.Node{near, far}[from/30_000%2]
					a := patch(t, anna.On(node), path, from, content[from:min(from+30_000, len(content))])
					require.Equal(t, http.StatusNoContent, a.Status, a.Body)
				}
			})
		}
		all.Wait()
		rows, err := b.Open(t).Read().QueryContext(t.Context(), "SELECT size, sha256 FROM attachments ORDER BY size")
		require.NoError(t, err)
		defer rows.Close()
		for i := range 20 {
			require.True(t, rows.Next())
			var size int
			var digest []byte
			require.NoError(t, rows.Scan(&size, &digest))
			require.Equal(t, 100_000+i, size)
			require.Equal(t, sum(noise(uint64(i), size)), hex.EncodeToString(digest))
		}
		require.NoError(t, rows.Err())
	})
}
