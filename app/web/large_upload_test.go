package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// film is so many bytes that are nowhere in memory, and their sum.
func film(size int64) (io.Reader, hash.Hash) {
	digest := sha256.New()
	return io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{9}), size), digest), digest
}

// memory is what a process has in memory, in MB: now, and at most since forget.
func memory(t *testing.T, p *harness.Process) (now, most int) {
	t.Helper()
	status, err := os.ReadFile(filepath.Join(proc(t, p), "status"))
	require.NoError(t, err)
	for line := range strings.SplitSeq(string(status), "\n") {
		name, rest, _ := strings.Cut(line, ":")
		kB, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
		switch name {
		case "VmRSS":
			now = kB / 1024
		case "VmHWM":
			most = kB / 1024
		}
	}
	return now, most
}

func forget(t *testing.T, p *harness.Process) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(proc(t, p), "clear_refs"), []byte("5"), 0))
}

// proc is the folder of a process in /proc.
func proc(t *testing.T, p *harness.Process) string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, dir := range all {
		environment, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err == nil && strings.Contains(string(environment), "DCHAT_ADDR="+strings.TrimPrefix(p.URL, "http://")+"\x00") {
			return dir
		}
	}
	t.Skip("this system has no /proc")
	return ""
}

const filmSize = 200_000_000

// The server keeps almost nothing of a large file in memory, during upload and download.
func TestLargeFilesUseLittleMemory(t *testing.T) {
	b := harness.SQLite(t)
	p := b.Exec(t)
	anna, bert := p.SignUp(t, "anna"), p.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	uploaded(t, anna, "warm", noise(1, 3_000_000))
	idle, _ := memory(t, p)
	flat := func(what string, do func()) {
		t.Helper()
		forget(t, p)
		do()
		_, most := memory(t, p)
		t.Logf("%s of %d MB: %d MB at most, %d MB before", what, filmSize/1_000_000, most, idle)
		require.Less(t, most-idle, 40, what)
	}
	var sums []string
	flat("an upload", func() {
		body, digest := film(filmSize)
		path, id := begun(t, anna, "film", filmSize)
		a := tus(t, anna, http.MethodPatch, path, body, "Upload-Offset", "0")
		require.Equal(t, http.StatusNoContent, a.Status, a.Body)
		sums = append(sums, hex.EncodeToString(digest.Sum(nil)))
		sentFiles(t, anna, "bert", id)
	})
	flat("a form", func() {
		body, digest := film(filmSize)
		posted(t, anna, "bert", url.Values{"body": {"a film"}}, attached{"film", body})
		sums = append(sums, hex.EncodeToString(digest.Sum(nil)))
	})
	flat("a download in pieces", func() {
		for i, path := range links(t, bert, "anna") {
			digest := sha256.New()
			for from := 0; from < filmSize; from += filmSize / 4 {
				a, err := bert.Do(http.MethodGet, path, http.Header{"Range": {fmt.Sprintf("bytes=%d-%d", from, from+filmSize/4-1)}}, nil)
				require.NoError(t, err)
				require.Equal(t, http.StatusPartialContent, a.Status)
				_, _ = io.WriteString(digest, a.Body)
			}
			require.Equal(t, sums[i], hex.EncodeToString(digest.Sum(nil)))
		}
	})
}

// A node that is killed during an upload loses no acknowledged bytes, and the upload soon resumes on another node.
func TestUploadResumesAfterKill(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near := b.Exec(t)
		far := near
		if b.Redis() != nil {
			far = b.Exec(t)
		}
		anna, bert := near.SignUp(t, "anna"), near.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		content := noise(8, 40_000_000)
		path, id := begun(t, anna, "film", int64(len(content)))
		body, done := slowly(anna, path, 0)
		go func() { _, _ = body.Write(content[:30_000_000]) }() // and then nothing
		database := b.Open(t)
		require.Eventually(t, func() bool { return count(t, database, "SELECT received FROM uploads") > 8_000_000 }, patience, tick)
		near.Kill()
		<-done
		if far == near {
			near.Start()
		}
		anna, bert = far.SignIn(t, "anna"), far.SignIn(t, "bert")
		come := offset(t, anna, path)
		require.Greater(t, come, 8_000_000)
		require.Eventually(t, func() bool { return patch(t, anna, path, come, content[come:come+1]).Status == http.StatusNoContent }, patience, tick)
		require.Equal(t, http.StatusNoContent, patch(t, anna, path, come+1, content[come+1:]).Status)
		sentFiles(t, anna, "bert", id)
		require.Equal(t, sum(content), sum([]byte(bert.Get(links(t, bert, "anna")[0], false).Body)))
	})
}
