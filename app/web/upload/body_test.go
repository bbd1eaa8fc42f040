package upload_test

import (
	"bufio"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dchat/app/web/upload"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { services.Main(m) }

func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// answers reads up to so many answers, or until the server closes the connection.
func answers(t *testing.T, conn net.Conn, most int) (statuses []int, closed bool) {
	t.Helper()
	for r := bufio.NewReader(conn); len(statuses) < most; {
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			return statuses, true
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return statuses, true
		}
		statuses = append(statuses, response.StatusCode)
		if response.Close {
			return statuses, true
		}
	}
	return statuses, false
}

// A body that arrives too slowly is refused; a steady one may take long.
func TestSlowBodies(t *testing.T) {
	upload.SetPace(t, 400*time.Millisecond, 800*time.Millisecond, 1<<10)
	b := harness.SQLite(t)
	n := b.Start(t)
	anna := n.SignUp(t, "anna")
	head := func(path string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nCookie: " + anna.Jar.String() + "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n" +
			"--b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"x\"\r\n\r\n"
	}
	for _, path := range []string{"/settings/password", "/profile"} {
		conn := dial(t, n.URL)
		began := time.Now()
		_, err := io.WriteString(conn, head(path))
		require.NoError(t, err)
		statuses, closed := answers(t, conn, 2) // no more bytes
		require.Equal(t, []int{http.StatusRequestTimeout}, statuses, path)
		require.True(t, closed)
		require.Less(t, time.Since(began), 5*time.Second)

		conn = dial(t, n.URL)
		_, err = io.WriteString(conn, head(path)+strings.Repeat("x", 90_000))
		require.NoError(t, err)
		began = time.Now()
		statuses, _ = answers(t, conn, 2) // no more bytes, after a fast start
		require.Equal(t, []int{http.StatusRequestTimeout}, statuses, path)
		require.Less(t, time.Since(began), 5*time.Second)

		conn = dial(t, n.URL)
		began = time.Now()
		go trickle(conn, head(path), "x", 50*time.Millisecond)
		statuses, closed = answers(t, conn, 2)
		require.Equal(t, []int{http.StatusRequestTimeout}, statuses, path)
		require.True(t, closed)
		require.Greater(t, time.Since(began), 800*time.Millisecond)
		require.Less(t, time.Since(began), 5*time.Second)
	}
	conn := dial(t, n.URL)
	began := time.Now()
	go trickle(conn, head("/settings/password"), strings.Repeat("x", 2500), 50*time.Millisecond) // 40 times
	statuses, closed := answers(t, conn, 1)
	require.NotEqual(t, []int{http.StatusRequestTimeout}, statuses)
	require.Len(t, statuses, 1)
	require.False(t, closed)
	require.Greater(t, time.Since(began), 1500*time.Millisecond)
	requireNoFiles(t, b.DataDir())
	require.NotContains(t, n.Log(), `"level":"ERROR"`)
}

// trickle writes a head, and then a piece again and again, until the connection closes.
func trickle(conn net.Conn, head, piece string, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for text := head; ; text = piece {
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
		<-tick.C
	}
}

// requireNoFiles waits until a data folder holds no file, complete or not.
func requireNoFiles(t *testing.T, dir string) {
	t.Helper()
	require.Eventually(t, func() bool {
		found := false
		err := filepath.WalkDir(filepath.Join(dir, "files"), func(_ string, e fs.DirEntry, err error) error {
			found = found || err == nil && !e.IsDir()
			return nil
		})
		return err == nil && !found
	}, 10*time.Second, 5*time.Millisecond)
}
