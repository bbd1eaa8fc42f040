package web_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/app/files"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFilesThroughNginx(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		s := newNginxFixture(t, b, 1)
		odd := map[string]string{
			"日本語 – ein Bild.png": "image/png", "100%25 sure%2f..%2fetc.html": "text/html", "a b+c;d&e?f#g.svg": "image/svg+xml",
			strings.Repeat("ä", 127) + ".pdf": "application/pdf", "🦊\u202egnp.exe": "application/octet-stream", "..": "application/zip", `"quoted" \ name`: "video/mp4",
		}
		for name, kind := range odd {
			d := s.put(t, s.bert, "anna", name, kind, "content of "+name)
			a := get(t, s.entry.URL, s.anna, s.address(t, s.anna, d, 0))
			requireFile(t, a, d)
			inline := kind == "video/mp4"
			if !inline {
				kind = "application/octet-stream"
			}
			require.Equal(t, kind, a.Header.Get("Content-Type"))
			require.Equal(t, files.Disposition(inline, name), a.Header.Get("Content-Disposition"))
			a = get(t, s.entry.URL, s.anna, s.address(t, s.anna, d, 0)+"&download=1")
			require.Equal(t, files.Disposition(false, name), a.Header.Get("Content-Disposition"))
		}
		good := s.address(t, s.anna, s.shared, 0)
		for name, server := range s.servers() {
			requireFile(t, get(t, server, s.anna, good), s.shared)
			requireFile(t, get(t, server, s.bert, s.address(t, s.bert, s.shared, 0)), s.shared)
			a := ask(t, server, head("HEAD", s.anna, good))
			require.Equal(t, http.StatusOK, a.Status, name)
			require.Equal(t, fmt.Sprint(len(s.shared.content)), a.Header.Get("Content-Length"))
			require.Empty(t, a.Body)
			require.Equal(t, http.StatusMethodNotAllowed, ask(t, server, head("POST", s.anna, good, "Content-Length: 0")).Status)
			require.Equal(t, http.StatusMethodNotAllowed, ask(t, server, head("DELETE", s.anna, good)).Status)
			requireFile(t, get(t, server, s.anna, "http://elsewhere.example"+good), s.shared)
			requireFile(t, ask(t, server, "GET "+good+" HTTP/1.0\r\nCookie: "+s.anna.Jar.String()+"\r\n\r\n"), s.shared)
		}
		for _, log := range s.access { // the log has the file, but not its signature
			text := logged(t, log, "/files/"+s.shared.id+"/")
			require.NotContains(t, text, "sig=")
			require.NotContains(t, text, s.anna.Jar.Get("dchat"))
		}
	})
}

// A picture is fetched by the address on the page.
func TestPicturesThroughNginx(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	picture := files.NewName()
	for _, width := range []string{"96", "256", "512"} {
		_, err := s.disk.Put(t.Context(), picture+"."+width, strings.NewReader("bert's face in "+width))
		require.NoError(t, err)
	}
	exec(t, s.database, "UPDATE users SET picture = ? WHERE username = 'bert'", picture)
	src, found := s.cleo.Get("/chats/bert", false).Doc().Find("main img").Attr("src")
	require.True(t, found)
	a := get(t, s.entry.URL, s.cleo, src)
	require.Equal(t, http.StatusOK, a.Status)
	require.Contains(t, a.Body, "bert's face")
	require.Equal(t, "image/jpeg", a.Header.Get("Content-Type"))
	require.Equal(t, `inline; filename="bert.jpg"`, a.Header.Get("Content-Disposition"))
	require.Equal(t, http.StatusNotFound, get(t, s.entry.URL, s.anna, src).Status, "it was made for cleo")
	exec(t, s.database, "UPDATE users SET picture = '' WHERE username = 'bert'")
	require.Equal(t, http.StatusNotFound, get(t, s.entry.URL, s.cleo, src).Status)
}

func TestRangesThroughNginx(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	long := make([]byte, 5_000_000)
	rand.Read(long)
	d := s.put(t, s.bert, "anna", "film.mp4", "video/mp4", string(long))
	good := s.address(t, s.anna, d, 0)
	whole := get(t, s.entry.URL, s.anna, good)
	requireFile(t, whole, d)
	etag := whole.Header.Get("ETag")

	part := func(wish, from, until int, header ...string) {
		t.Helper()
		a := get(t, s.entry.URL, s.anna, good, header...)
		require.Equal(t, wish, a.Status, header)
		require.True(t, bytes.Equal(long[from:until], []byte(a.Body)), header)
		require.Equal(t, []string{"video/mp4"}, a.Header["Content-Type"])
		require.Equal(t, etag, a.Header.Get("ETag"))
		requireNoSecrets(t, a)
	}
	part(206, 0, 1, "Range: bytes=0-0")
	part(206, 4_000_000, len(long), "Range: bytes=4000000-")
	part(206, len(long)-10, len(long), "Range: bytes=-10")
	part(206, 100, 1_000_100, "Range: bytes=100-1000099", "If-Range: "+etag)
	part(200, 0, len(long), "Range: bytes=100-1000099", `If-Range: "another"`)
	part(200, 0, len(long), "Range: bytes=0-1,4-5")
	past := get(t, s.entry.URL, s.anna, good, "Range: bytes=5000000-")
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, past.Status)
	require.Equal(t, "bytes */5000000", past.Header.Get("Content-Range"))

	for _, header := range []string{"If-None-Match: " + etag, "If-None-Match: W/" + etag, "If-Modified-Since: " + whole.Header.Get("Last-Modified")} {
		a := get(t, s.entry.URL, s.anna, good, header)
		require.Equal(t, http.StatusNotModified, a.Status, header)
		require.Empty(t, a.Body)
		require.Equal(t, "private, no-cache", a.Header.Get("Cache-Control"))
		require.Equal(t, http.StatusNotFound, get(t, s.entry.URL, s.cleo, good, header).Status, "what one may not have is not unchanged either")
	}
	require.Equal(t, http.StatusOK, get(t, s.entry.URL, s.anna, good, `If-None-Match: "another"`).Status)

	did(t, s.bert, "/chats/anna/block")
	for _, header := range []string{"Range: bytes=0-0", "If-None-Match: " + etag, "If-None-Match: *"} {
		requireRefused(t, get(t, s.entry.URL, s.anna, good, header), d)
	}
}

// Losing access to a file takes effect on every server at once; a session that ended on another node may be
// cached for a second.
func TestFileAccessEndsOnEveryServer(t *testing.T) {
	s := newNginxFixture(t, harness.Postgres(t), 2)
	good, his := s.address(t, s.anna, s.shared, 0), s.address(t, s.bert, s.shared, 0)
	dies := func(what string, within time.Duration, who *person, target string) {
		t.Helper()
		require.Eventually(t, func() bool { return get(t, s.entry.URL, who, target).Status == http.StatusNotFound }, within, 10*time.Millisecond, what)
		for _, server := range s.servers() {
			requireRefused(t, get(t, server, who, target), s.shared)
		}
	}
	requireFile(t, get(t, s.entry.URL, s.anna, good), s.shared)
	did(t, s.bert, "/chats/anna/block")
	dies("a block", time.Second, s.anna, good)
	requireFile(t, get(t, s.entry.URL, s.bert, his), s.shared)
	did(t, s.bert, "/chats/anna/unblock")
	requireFile(t, get(t, s.entry.URL, s.anna, good), s.shared)

	old := &person{Username: "anna", Jar: &harness.Jar{}}
	old.Jar.Set("dchat", s.anna.Jar.Get("dchat"))
	requireFile(t, get(t, s.entry.URL, old, good), s.shared)
	did(t, s.anna, "/logout")
	dies("a sign-out", 2*time.Second, old, good)
	again := s.nodes[0].SignIn(t, "anna")
	requireFile(t, get(t, s.entry.URL, again, good), s.shared)

	exec(t, s.database, "UPDATE messages SET deleted_at = created_at WHERE body LIKE 'look at holiday%'")
	dies("a deletion", time.Second, again, good)
	dies("a deletion", time.Second, s.bert, his)
}

// Without an answer of the app the media server sends no file, but a readable error.
func TestNoFileWhileTheAppIsDown(t *testing.T) {
	database := services.OwnPostgres(t)
	s := newNginxFixture(t, harness.On(t, database.URL), 1)
	good := s.address(t, s.anna, s.shared, 0)
	busy := func() {
		t.Helper()
		for _, server := range s.servers() {
			a := get(t, server, s.anna, good)
			require.Equal(t, http.StatusServiceUnavailable, a.Status)
			require.Equal(t, "text/plain", a.Header.Get("Content-Type"))
			require.Contains(t, a.Body, "please try again in a moment")
			require.NotEmpty(t, a.Header.Get("Retry-After"))
			require.NotContains(t, a.Body, s.shared.content)
		}
	}
	database.Stop()
	busy()
	database.Start()
	require.Eventually(t, func() bool { return get(t, s.entry.URL, s.anna, good).Status == http.StatusOK }, 10*time.Second, 50*time.Millisecond)
	s.nodes[0].Stop()
	busy()
	a := get(t, s.entry.URL, s.anna, "/")
	require.Equal(t, http.StatusServiceUnavailable, a.Status)
	require.Contains(t, a.Body, "please try again in a moment")
	s.nodes[0].Restart()
	requireFile(t, get(t, s.entry.URL, s.anna, good), s.shared)

	s.media.Stop()
	require.Equal(t, http.StatusServiceUnavailable, get(t, s.entry.URL, s.anna, good).Status)
	s.media.Start()
	requireFile(t, get(t, s.entry.URL, s.anna, good), s.shared)
	require.NoError(t, s.disk.Delete(t.Context(), s.shared.blob))
	requireRefused(t, get(t, s.entry.URL, s.anna, good), s.shared)
}

func TestConcurrentDownloadsThroughNginx(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	type wish struct {
		who    *person
		target string
		file   *document // nil: not for them
	}
	wishes := []wish{
		{s.anna, s.address(t, s.anna, s.shared, 0), s.shared},
		{s.anna, s.address(t, s.anna, s.foreign, 0), nil},
		{s.bert, s.address(t, s.bert, s.shared, 0), s.shared},
		{s.bert, s.address(t, s.bert, s.foreign, 0), s.foreign},
		{s.cleo, s.address(t, s.cleo, s.foreign, 0), s.foreign},
		{s.cleo, s.address(t, s.bert, s.foreign, 0), nil},
	}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			for k := range 6 {
				w := wishes[(i+k)%len(wishes)]
				a := get(t, s.entry.URL, w.who, w.target)
				if w.file == nil && a.Status != http.StatusNotFound || w.file != nil && (a.Status != http.StatusOK || a.Body != w.file.content) {
					t.Errorf("%s of %s: %d %s", w.target, w.who.Username, a.Status, a.Body)
				}
			}
		})
	}
	all.Wait()
}

// All other requests go to the app, sockets too.
func TestChatThroughNginx(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	require.Equal(t, http.StatusNotFound, get(t, s.entry.URL, s.anna, "/password/reset/the-token").Status)
	require.NotContains(t, logged(t, s.access[1], "/password/reset/"), "the-token")

	require.Contains(t, get(t, s.entry.URL, s.anna, "/chats/bert").Body, "look at holiday.txt")
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.entry.URL, "http")+"/ws", http.Header{"Origin": {s.entry.URL}, "Cookie": {s.anna.Jar.String()}})
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, _, err = conn.ReadMessage() // it is here
	require.NoError(t, err)

	form := url.Values{"body": {"by way of the entry"}}.Encode()
	a := ask(t, s.entry.URL, head("POST", s.bert, "/chats/anna/messages", "Origin: http://chat.localhost", "HX-Request: true",
		"Content-Type: application/x-www-form-urlencoded", fmt.Sprint("Content-Length: ", len(form)))+form)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	for {
		_, frame, err := conn.ReadMessage()
		require.NoError(t, err)
		if strings.Contains(string(frame), "by way of the entry") {
			return
		}
	}
}

// The media server sends the blob that the app names, but only blobs, and only after status 204.
func TestMediaServerServesBlobsOnly(t *testing.T) {
	storage := t.TempDir()
	for _, path := range []string{"ab/cdef", "ab/c.96", "tmp/half", "part/half", "ab/.hidden", "top"} {
		require.NoError(t, os.MkdirAll(filepath.Join(storage, filepath.Dir(path)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(storage, path), []byte("content of "+path), 0o600))
	}
	var yes atomic.Pointer[func(http.ResponseWriter)]
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/files/auth", r.RequestURI)
		assert.Equal(t, "dchat=1", r.Header.Get("Cookie"))
		assert.Empty(t, r.Header.Get("Range"), "a check is no part of a file")
		assert.Empty(t, r.Header.Get("If-None-Match"))
		(*yes.Load())(w)
	}))
	defer fake.Close()
	media := services.Nginx(t, "../../infra/nginx/mediaserver.conf", map[string]string{
		"app:8080": strings.TrimPrefix(fake.URL, "http://"), "alias /storage/": "alias " + storage + "/", "/dev/stdout": filepath.Join(t.TempDir(), "log"),
	})
	answers := func(said func(http.ResponseWriter)) *answer {
		yes.Store(&said)
		return ask(t, media.URL, "GET /files/abc/x?exp=1&sig=2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: dchat=1\r\nRange: bytes=0-\r\nIf-None-Match: x\r\n\r\n")
	}
	for _, path := range []string{
		"tmp/half", "part/half", "", "/", "ab", "ab/", "ab/.hidden", "ab/..", "../" + filepath.Base(storage) + "/ab/cdef", "ab/../tmp/half", "./ab/cdef", "/ab/cdef", "top", "ab//cdef",
		"ab/x/../cdef", "AB/cdef", "zz/none", storage + "/ab/cdef", "$document_root", "ab/cdef ab/cdef", "ab%2fcdef",
	} {
		a := answers(func(w http.ResponseWriter) { w.Header().Set("X-File-Path", path); w.WriteHeader(http.StatusNoContent) })
		require.Equal(t, http.StatusNotFound, a.Status, path)
		require.NotContains(t, a.Body, "content of", path)
	}
	for status, want := range map[int]int{204: 206, 401: 404, 403: 404, 302: 503, 303: 503, 304: 503, 404: 503, 429: 503, 500: 503, 503: 503} {
		a := answers(func(w http.ResponseWriter) {
			w.Header().Set("X-File-Path", "ab/c.96")
			w.Header().Set("Location", "/login")
			w.WriteHeader(status)
		})
		require.Equal(t, want, a.Status, status)
		require.Equal(t, want == 206, strings.Contains(a.Body, "content of"), status)
		require.Empty(t, a.Header.Get("Location"))
	}
}

// The check answers only with statuses that the media server understands.
func TestFileAuthorisation(t *testing.T) {
	b := harness.SQLite(t)
	var signer *files.Signer
	n := b.Start(t, func(c *config.Config) { signer = files.NewSigner([]byte(c.Secret)) })
	anna := n.SignUp(t, "anna")
	exec(t, b.Open(t), "UPDATE users SET picture = 'abcdef' WHERE username = 'anna'")
	u, err := url.Parse(signer.URL(1, "abcdef.96", "x", time.Now()))
	require.NoError(t, err)
	header := http.Header{"X-File-Id": {"abcdef.96"}, "X-File-Exp": {u.Query().Get("exp")}, "X-File-Sig": {u.Query().Get("sig")}}
	says := func(want int, who *person, header http.Header) *answer {
		t.Helper()
		a, err := who.Do(http.MethodGet, "/files/auth", header, nil)
		require.NoError(t, err)
		require.Equal(t, want, a.Status, a.Body)
		require.Empty(t, a.Header.Get("Location"))
		require.Equal(t, want == http.StatusNoContent, a.Header.Get("X-File-Path") != "")
		return a
	}
	a := says(http.StatusNoContent, anna, header)
	require.Equal(t, "ab/cdef.96", a.Header.Get("X-File-Path"))
	require.Equal(t, "image/jpeg", a.Header.Get("X-File-Type"))
	says(http.StatusUnauthorized, n.Stranger(), header)
	says(http.StatusForbidden, n.SignUp(t, "bert"), header)
	says(http.StatusForbidden, anna, http.Header{})
	for name := range header {
		wrong := header.Clone()
		wrong.Set(name, "x")
		says(http.StatusForbidden, anna, wrong)
	}

	n.Stop()
	n = b.Start(t, func(c *config.Config) { c.EmailVerification = "required" })
	says(http.StatusForbidden, anna.On(n), header)
	exec(t, b.Open(t), "UPDATE users SET verified_at = created_at WHERE username = 'anna'")
	again := n.SignIn(t, "anna") // sessions are cached for a second
	says(http.StatusNoContent, again, header)
}

// Pieces of a file are small enough for an nginx as it comes (1 MiB), and the whole comes back.
func TestUploadThroughNginx(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	content := make([]byte, 2_500_000)
	rand.Read(content)
	send := func(method, target string, body []byte, header ...string) *answer {
		t.Helper()
		header = append(header, "Origin: http://chat.localhost", "Tus-Resumable: 1.0.0", fmt.Sprint("Content-Length: ", len(body)))
		return ask(t, s.entry.URL, head(method, s.bert, target, header...)+string(body))
	}
	const piece = 1_000_000
	patch := func(target string, offset int, body []byte) *answer {
		t.Helper()
		return send("PATCH", target, body, "Content-Type: application/offset+octet-stream", fmt.Sprint("Upload-Offset: ", offset))
	}
	a := send("POST", "/uploads", nil, fmt.Sprint("Upload-Length: ", len(content)), "Upload-Metadata: filename ZmlsbS5tcDQ=")
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	location := a.Header.Get("Location")
	require.Equal(t, http.StatusRequestEntityTooLarge, patch(location, 0, content[:1<<20+1]).Status, "the premise")
	for offset := 0; offset < len(content); offset += piece {
		a = patch(location, offset, content[offset:min(offset+piece, len(content))])
		require.Equal(t, http.StatusNoContent, a.Status, a.Body)
	}
	d := &document{id: strings.TrimPrefix(location, "/uploads/"), name: "film.mp4", content: string(content)}
	form := url.Values{"attachment": {d.id}}.Encode()
	a = send("POST", "/chats/anna/messages", []byte(form), "HX-Request: true", "Content-Type: application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	requireFile(t, get(t, s.entry.URL, s.anna, s.address(t, s.anna, d, 0)), d)
}
