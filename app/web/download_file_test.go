package web_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"dchat/app/files"
	"dchat/app/files/picture"
	"dchat/app/web"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

var signer = files.NewSigner([]byte(harness.Secret()))

// withPicture gives owner a picture and returns the address of its largest size for a viewer.
func withPicture(t *testing.T, b *backend, owner, viewer *person) string {
	t.Helper()
	require.Equal(t, http.StatusOK, savePicture(t, owner, "", somePicture(t, 600, 600)).Status)
	return signer.URL(userID(t, b, viewer), pictureID(t, b, owner)+".512", "x.jpg", time.Now())
}

func userID(t *testing.T, b *backend, p *person) int64 {
	t.Helper()
	return int64(count(t, b.Open(t), "SELECT id FROM users WHERE username = ?", p.Username))
}

func pictureID(t *testing.T, b *backend, p *person) (id string) {
	t.Helper()
	require.NoError(t, b.Open(t).Read().QueryRowContext(t.Context(), "SELECT picture FROM users WHERE username = ?", p.Username).Scan(&id))
	return id
}

// replaced is an address whose file has another content: as large as a test likes.
func replaced(t *testing.T, b *backend, address string, content io.Reader) {
	t.Helper()
	disk, err := files.NewDisk(filepath.Join(b.DataDir(), "files"))
	require.NoError(t, err)
	defer disk.Close()
	u, err := url.Parse(address)
	require.NoError(t, err)
	_, err = disk.Put(t.Context(), path.Base(path.Dir(u.Path)), content)
	require.NoError(t, err)
}

// Every invalid address gets the same response.
func TestFileAddresses(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna, bert, carl := n.SignUp(t, "anna"), n.SignUp(t, "bert"), n.SignUp(t, "carl")
		good := withPicture(t, b, anna, bert)
		require.Equal(t, http.StatusOK, bert.Get(good, false).Status)
		require.Equal(t, "/login", strings.SplitN(n.Stranger().Get(good, false).Header.Get("Location"), "?", 2)[0])

		id, me, now := pictureID(t, b, anna)+".512", userID(t, b, bert), time.Now()
		parsed, err := url.Parse(good)
		require.NoError(t, err)
		with := func(name, value string) string {
			u, q := *parsed, parsed.Query()
			q.Set(name, value)
			u.RawQuery = q.Encode()
			return u.String()
		}
		bad := map[string]string{
			"for another user":      signer.URL(userID(t, b, carl), id, "x.jpg", now),
			"with another secret":   files.NewSigner([]byte("another")).URL(me, id, "x.jpg", now),
			"of yesterday":          signer.URL(me, id, "x.jpg", now.Add(-25*time.Hour)),
			"of another size":       strings.Replace(good, ".512", ".256", 1),
			"of no size":            signer.URL(me, strings.TrimSuffix(id, ".512"), "x.jpg", now),
			"of no file":            signer.URL(me, files.NewName()+".512", "x.jpg", now),
			"of a path":             signer.URL(me, "..%2f..%2fdchat.db", "x.jpg", now),
			"of a name of the disk": signer.URL(me, id[:2]+"%2f"+id[2:], "x.jpg", now),
			"of nothing":            signer.URL(me, ".", "x.jpg", now),
			"without a signature":   parsed.Path,
			"with an empty one":     with("sig", ""),
			"with half of one":      with("sig", parsed.Query().Get("sig")[:20]),
			"without an end":        with("exp", ""),
			"with a later end":      with("exp", "99999999999"),
		}
		want := bert.Get(bad["of no file"], false)
		require.Equal(t, http.StatusNotFound, want.Status)
		for what, address := range bad {
			a := bert.Get(address, false)
			require.Equal(t, http.StatusNotFound, a.Status, what)
			require.Equal(t, want.Body, a.Body, what)
			require.Empty(t, a.Header.Get("ETag"), what)
			require.Empty(t, a.Header.Get("Content-Disposition"), what)
			requireHeaders(t, a.Header, what)
		}
		for _, address := range []string{
			"/files/" + id, "/files/" + id + "/", "/files//" + id + "/x", "/files/" + id + "/x/y", "/files/../files/" + id + "/x.jpg", "/files/" + id + "/..%2fx.jpg/y",
			"/FILES/" + id + "/x.jpg", "/files/" + id[:2] + "/" + id[2:], "/files/tmp/x",
		} {
			a := bert.Get(address+"?"+parsed.RawQuery, false)
			require.GreaterOrEqual(t, a.Status, 300, address)
			require.NotContains(t, a.Header.Get("Content-Type"), "image", address)
		}
		require.Equal(t, http.StatusOK, bert.Get(strings.Replace(good, "x.jpg", "%e5%86%99.png", 1), false).Status, "the name is for people")

		require.Equal(t, http.StatusOK, savePicture(t, anna, "", somePicture(t, 50, 50)).Status)
		require.Equal(t, want.Body, bert.Get(good, false).Body, "a picture that was replaced")
		did(t, bert, "/logout")
		require.NotEqual(t, http.StatusOK, bert.Get(good, false).Status)
	})
}

func TestFileHeaders(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t)
	anna := n.SignUp(t, "anna.berg")
	address := withPicture(t, b, anna, anna)
	get := func(method, address string, header http.Header) *answer {
		if header == nil {
			header = http.Header{}
		}
		header.Set("Accept-Encoding", "gzip, br")
		a, err := anna.Do(method, address, header, nil)
		require.NoError(t, err)
		return a
	}
	a := get(http.MethodGet, address, nil)
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, map[string]string{
		"Content-Type": "image/jpeg", "Content-Disposition": `inline; filename="anna.berg.jpg"`, "Content-Security-Policy": "default-src 'none'; sandbox",
		"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes", "Content-Encoding": "", "Content-Length": fmt.Sprint(len(a.Body)),
		"Cross-Origin-Resource-Policy": "same-origin",
	}, headersOf(a, "Content-Type", "Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options", "Cache-Control", "Accept-Ranges", "Content-Encoding", "Content-Length", "Cross-Origin-Resource-Policy"))
	tag := a.Header.Get("ETag")
	require.Regexp(t, `^"[^"]+"$`, tag)

	head := get(http.MethodHead, address, http.Header{"Range": {"bytes=0-1"}})
	require.Equal(t, http.StatusOK, head.Status)
	require.Empty(t, head.Body)
	for name := range a.Header {
		if name != "Date" && name != "X-Request-Id" {
			require.Equal(t, a.Header[name], head.Header[name], name)
		}
	}
	require.Equal(t, `attachment; filename="anna.berg.jpg"`, get(http.MethodGet, address+"&download=1", nil).Header.Get("Content-Disposition"))

	for header, status := range map[string]int{tag: 304, "*": 304, `"x", ` + tag: 304, "W/" + tag: 304, `"x"`: 200, "x": 200, "": 200, strings.Trim(tag, `"`): 200} {
		c := get(http.MethodGet, address, http.Header{"If-None-Match": {header}})
		require.Equal(t, status, c.Status, header)
		require.Equal(t, status == 304, c.Body == "", header)
		require.Equal(t, tag, c.Header.Get("ETag"))
		require.Equal(t, "private, no-cache", c.Header.Get("Cache-Control"))
	}
	c := get(http.MethodGet, strings.Replace(address, "sig=", "sig=x", 1), http.Header{"If-None-Match": {tag}})
	require.Equal(t, http.StatusNotFound, c.Status, "without access, the response does not reveal that the file is unchanged")

	text := strings.Repeat("a text that could be packed, ", 1000)
	harness.Connect(t, anna, n.SignUp(t, "bert"))
	posted(t, anna, "bert", nil, attachment("text.txt", text))
	var attached string
	require.NoError(t, b.Open(t).Read().QueryRowContext(t.Context(), "SELECT id FROM attachments").Scan(&attached))
	d := get(http.MethodGet, signer.URL(userID(t, b, anna), attached, "text.txt", time.Now()), nil)
	require.Empty(t, d.Header.Get("Content-Encoding"), "its pieces and its size would be others")
	require.Equal(t, text, d.Body)
	require.Equal(t, `attachment; filename="text.txt"`, d.Header.Get("Content-Disposition"))
}

func headersOf(a *answer, names ...string) map[string]string {
	all := map[string]string{}
	for _, name := range names {
		all[name] = a.Header.Get(name)
	}
	return all
}

func TestFileRanges(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t)
	anna := n.SignUp(t, "anna")
	address := withPicture(t, b, anna, anna)
	content := make([]byte, 100_000)
	rand.Read(content)
	replaced(t, b, address, bytes.NewReader(content))
	tag := anna.Get(address, false).Header.Get("ETag")
	for _, c := range []struct {
		header, ifRange string
		status          int
		start, end      int // of the piece
	}{
		{"bytes=0-0", "", 206, 0, 1},
		{"bytes=0-", "", 206, 0, 100_000},
		{"bytes=10-19", tag, 206, 10, 20},
		{"bytes=99999-", "", 206, 99_999, 100_000},
		{"bytes=50000-999999999999", "", 206, 50_000, 100_000},
		{"bytes=-5", "", 206, 99_995, 100_000},
		{"bytes=-999999", "", 206, 0, 100_000},
		{"bytes=100000-", "", 416, 0, 0},
		{"bytes=100000-100001", "", 416, 0, 0},
		{"bytes=-0", "", 416, 0, 0},
		{"bytes=10-19", `"another"`, 200, 0, 100_000},
		{"bytes=10-19", "W/" + tag, 200, 0, 100_000},
		{"bytes=10-19", "Mon, 01 Jan 2024 00:00:00 GMT", 200, 0, 100_000},
		{"bytes=0-1,5-6", "", 200, 0, 100_000},
		{"bytes=5-4", "", 200, 0, 100_000},
		{"bytes=x-4", "", 200, 0, 100_000},
		{"bytes=-", "", 200, 0, 100_000},
		{"bytes=+1-4", "", 200, 0, 100_000},
		{"bytes=--4", "", 200, 0, 100_000},
		{"bytes=9223372036854775807-9223372036854775807", "", 416, 0, 0},
		{"bytes=99999999999999999999-", "", 200, 0, 100_000},
		{"pages=1-2", "", 200, 0, 100_000},
	} {
		what := c.header + " " + c.ifRange
		header := http.Header{"Range": {c.header}}
		if c.ifRange != "" {
			header.Set("If-Range", c.ifRange)
		}
		a, err := anna.Do(http.MethodGet, address, header, nil)
		require.NoError(t, err, what)
		require.Equal(t, c.status, a.Status, what)
		require.True(t, string(content[c.start:c.end]) == a.Body, what)
		switch c.status {
		case 206:
			require.Equal(t, fmt.Sprintf("bytes %d-%d/100000", c.start, c.end-1), a.Header.Get("Content-Range"))
		case 416:
			require.Equal(t, "bytes */100000", a.Header.Get("Content-Range"))
		default:
			require.Empty(t, a.Header.Get("Content-Range"), what)
		}
	}
	replaced(t, b, address, strings.NewReader(""))
	require.Equal(t, http.StatusOK, anna.Get(address, false).Status)
	a, err := anna.Do(http.MethodGet, address, http.Header{"Range": {"bytes=0-"}}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, a.Status)
	requireNoOpenFiles(t, b)
}

// requireNoOpenFiles waits until none of a backend's files is open in this process.
func requireNoOpenFiles(t *testing.T, b *backend) {
	t.Helper()
	require.Eventually(t, func() bool { return openFiles(t, b) == 0 }, 10*time.Second, 5*time.Millisecond, "files stay open")
}

func openFiles(t *testing.T, b *backend) (n int) {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	if len(links) == 0 {
		t.Skip("the system does not say which files are open")
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		info, statErr := os.Stat(link)
		if err == nil && statErr == nil && strings.HasPrefix(target, filepath.Join(b.DataDir(), "files")) && info.Mode().IsRegular() {
			n++
		}
	}
	return n
}

// A large file is sent with little memory, and is closed when the browser disconnects.
func TestDownloads(t *testing.T) {
	web.SetWriteTimeout(t, time.Second)
	b := harness.SQLite(t)
	n := b.Start(t)
	anna := n.SignUp(t, "anna")
	address := withPicture(t, b, anna, anna)
	const size = 300 << 20
	replaced(t, b, address, io.LimitReader(zeros{}, size))
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", address, anna.Jar)

	conn := dial(t, n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := io.WriteString(conn, request)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	got, err := io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.EqualValues(t, size, got)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20))
	requireNoOpenFiles(t, b)

	_, err = io.WriteString(conn, request) // and disconnects midway
	require.NoError(t, err)
	_, err = io.CopyN(io.Discard, conn, 1<<20)
	require.NoError(t, err)
	require.Equal(t, 1, openFiles(t, b))
	require.NoError(t, conn.Close())
	requireNoOpenFiles(t, b)

	conn = dial(t, n)
	_, err = io.WriteString(conn, request) // and reads no more
	require.NoError(t, err)
	_, err = io.CopyN(io.Discard, conn, 1<<20)
	require.NoError(t, err)
	requireNoOpenFiles(t, b)
	rest, _ := io.Copy(io.Discard, conn)
	require.Less(t, rest, int64(size-(2<<20)))

	conn = dial(t, n)
	began, tick := time.Now(), time.NewTicker(300*time.Millisecond) // and reads slowly
	defer tick.Stop()
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	response, err = http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	for range 8 {
		_, err = io.CopyN(io.Discard, response.Body, size/10)
		require.NoError(t, err)
		<-tick.C
	}
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.Greater(t, time.Since(began), 2*time.Second)
	requireNoOpenFiles(t, b)
	require.NotContains(t, n.Log(), `"level":"ERROR"`)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// What is uploaded on one node is there on the other.
func TestNodesShareFiles(t *testing.T) {
	b := harness.Postgres(t)
	near, far := b.Start(t), b.Start(t)
	anna := near.SignUp(t, "anna")
	address := withPicture(t, b, anna, anna)
	require.Equal(t, anna.Get(address, false).Body, anna.On(far).Get(address, false).Body)
}

// Only the square sizes of an upload are stored.
func TestOnlyPictureSizesAreStored(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t)
	anna := n.SignUp(t, "anna")
	require.Equal(t, http.StatusOK, savePicture(t, anna, "", somePicture(t, 300, 300)).Status)
	require.Len(t, storedFiles(t, b), 3)
	for _, file := range [][]byte{[]byte("not a picture"), somePicture(t, 300, 300)[:200], make([]byte, picture.MaxSquareBytes+1), hugePicture(t)} {
		a := savePicture(t, anna, "", file)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		require.NotEmpty(t, a.Doc().Find("#picture-error").Text())
		require.Len(t, storedFiles(t, b), 3)
	}
}

// hugePicture says that it has 400 megapixels.
func hugePicture(t *testing.T) []byte {
	t.Helper()
	file := somePicture(t, 10, 10)
	head := file[12:29] // name and content of the first chunk
	binary.BigEndian.PutUint32(head[4:], 20_000)
	binary.BigEndian.PutUint32(head[8:], 20_000)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(head))
	return file
}
