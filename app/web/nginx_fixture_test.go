package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/app/files"
	"dchat/db"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// nginxFixture is a node whose files real nginx processes serve with the configuration of infra/nginx. anna and bert
// share one file, bert and cleo another.
type nginxFixture struct {
	nodes        []*harness.Node
	entry, media *services.NginxServer
	access       [2]string // their access logs
	database     *db.DB
	signer       *files.Signer
	disk         *files.Disk

	anna, bert, cleo *person
	shared, foreign  *document // of anna and bert, and of bert and cleo
}

// document is a file of a conversation.
type document struct {
	id, blob, name, content string
}

// newNginxFixture starts several nodes. The media server authorises with the last one.
func newNginxFixture(t *testing.T, b *backend, nodes int) *nginxFixture {
	t.Helper()
	s := &nginxFixture{database: b.Open(t)}
	storage := ""
	for range nodes {
		n := b.Start(t, func(c *config.Config) {
			s.signer = files.NewSigner([]byte(c.Secret))
			storage = filepath.Join(c.DataDir, "files")
		})
		s.nodes = append(s.nodes, n)
	}
	var err error
	s.disk, err = files.NewDisk(storage)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.disk.Close() })
	s.startNginx(t, storage)

	s.anna, s.bert, s.cleo = s.nodes[0].SignUp(t, "anna"), s.nodes[0].SignUp(t, "bert"), s.nodes[0].SignUp(t, "cleo")
	harness.Connect(t, s.anna, s.bert)
	harness.Connect(t, s.bert, s.cleo)
	s.shared = s.put(t, s.anna, "bert", "holiday.txt", "text/plain; charset=utf-8", "what anna and bert share")
	s.foreign = s.put(t, s.cleo, "bert", "diary.txt", "text/plain; charset=utf-8", "not for anna")
	return s
}

func (s *nginxFixture) startNginx(t *testing.T, storage string) {
	t.Helper()
	host := func(address string) string { return strings.TrimPrefix(address, "http://") }
	logs := t.TempDir()
	s.access = [2]string{filepath.Join(logs, "media"), filepath.Join(logs, "entry")}
	s.media = services.Nginx(t, "../../infra/nginx/mediaserver.conf", map[string]string{
		"app:8080": host(s.nodes[len(s.nodes)-1].URL), "alias /storage/": "alias " + storage + "/", "/dev/stdout": s.access[0],
	})
	s.entry = services.Nginx(t, "../../infra/nginx/nginxserver.conf", map[string]string{
		"app:8080": host(s.nodes[0].URL), "mediaserver:8080": host(s.media.URL), "/dev/stdout": s.access[1],
	})
}

// put sends a message and adds an attachment to it.
func (s *nginxFixture) put(t *testing.T, from *person, to, name, kind, content string) *document {
	t.Helper()
	wrote(t, from, to, "look at "+name)
	d := &document{id: files.NewName(), blob: files.NewName(), name: name, content: content}
	blob, err := s.disk.Put(t.Context(), d.blob, strings.NewReader(content))
	require.NoError(t, err)
	exec(t, s.database, `INSERT INTO attachments (id, owner_id, conversation_id, seq, name, type, size, sha256, blob, created_at)
		SELECT ?, sender_id, conversation_id, seq, ?, ?, ?, ?, ?, created_at FROM messages WHERE body = ?`,
		d.id, name, kind, blob.Size, blob.SHA256, d.blob, "look at "+name)
	return d
}

// address returns the address of a file for a user, signed some time ago.
func (s *nginxFixture) address(t *testing.T, viewer *person, d *document, ago time.Duration) string {
	t.Helper()
	id := count(t, s.database, "SELECT id FROM users WHERE username = ?", viewer.Username)
	return s.signer.URL(int64(id), d.id, d.name, time.Now().Add(-ago))
}

// ask sends a request byte for byte: HTTP clients normalize addresses.
func ask(t *testing.T, server, request string) *answer {
	t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(server, "http://"), 10*time.Second)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(t, err, "%q", request)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err, "%q", request)
	return &answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

// get requests a target with a user's cookies.
func get(t *testing.T, server string, who *person, target string, header ...string) *answer {
	t.Helper()
	return ask(t, server, head("GET", who, target, header...))
}

func head(method string, who *person, target string, header ...string) string {
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: chat.localhost", "Connection: close"}, header...)
	if cookie := who.Jar.String(); cookie != "" {
		lines = append(lines, "Cookie: "+cookie)
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// servers returns all servers of files. Each must be secure on its own.
func (s *nginxFixture) servers() map[string]string {
	return map[string]string{"entry": s.entry.URL, "media server": s.media.URL}
}

func requireFile(t *testing.T, a *answer, d *document) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	require.Equal(t, d.content, a.Body)
	require.Equal(t, []string{"default-src 'none'; sandbox"}, a.Header["Content-Security-Policy"])
	require.Equal(t, []string{"nosniff"}, a.Header["X-Content-Type-Options"])
	require.Equal(t, []string{"same-origin"}, a.Header["Cross-Origin-Resource-Policy"])
	require.Equal(t, []string{"private, no-cache"}, a.Header["Cache-Control"])
	require.Len(t, a.Header["Content-Type"], 1)
	require.Len(t, a.Header["Content-Disposition"], 1)
	require.NotEmpty(t, a.Header.Get("ETag"))
	requireNoSecrets(t, a)
}

// requireNoSecrets requires that no header for the media server reaches a browser.
func requireNoSecrets(t *testing.T, a *answer) {
	t.Helper()
	for name := range a.Header {
		require.NotContains(t, name, "X-File", a)
	}
}

func requireRefused(t *testing.T, a *answer, d *document) {
	t.Helper()
	require.Equal(t, http.StatusNotFound, a.Status, a.Body)
	require.NotContains(t, a.Body, d.content)
	require.Contains(t, a.Body, "There is no such file, or it is not for you.")
	require.Equal(t, []string{"text/plain"}, a.Header["Content-Type"])
	requireNoSecrets(t, a)
}

// logged waits until a log contains a text and returns the whole log. nginx logs after the answer.
func logged(t *testing.T, file, text string) (all string) {
	t.Helper()
	require.Eventually(t, func() bool {
		read, _ := os.ReadFile(file)
		all = string(read)
		return strings.Contains(all, text)
	}, 10*time.Second, 10*time.Millisecond, "%s is not in the log", text)
	return all
}
