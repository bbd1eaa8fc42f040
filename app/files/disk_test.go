package files

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

func newDisk(t *testing.T, dir string) *Disk {
	t.Helper()
	d, err := NewDisk(dir)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// filesIn lists the files under a folder.
func filesIn(t *testing.T, dir string) (paths []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

func read(t *testing.T, s Store, name string) []byte {
	t.Helper()
	f, err := s.Open(t.Context(), name)
	require.NoError(t, err)
	defer f.Close()
	all, err := io.ReadAll(f)
	require.NoError(t, err)
	require.EqualValues(t, len(all), f.Size())
	return all
}

func TestPutAndOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "files")
	d := newDisk(t, dir)
	for _, size := range []int{0, 1, 65_536, 3_000_000} {
		content := make([]byte, size)
		rand.Read(content)
		name := NewName()
		blob, err := d.Put(t.Context(), name, bytes.NewReader(content))
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		require.Equal(t, Blob{Name: name, Size: int64(size), SHA256: sum[:]}, blob)
		require.True(t, bytes.Equal(content, read(t, d, name)))
		require.True(t, bytes.Equal(content, read(t, newDisk(t, dir), name)), "after a restart")

		f, err := d.Open(t.Context(), name)
		require.NoError(t, err)
		_, err = f.Seek(int64(size/2), io.SeekStart)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), f.ModTime(), time.Minute)
		require.NoError(t, d.Delete(t.Context(), name, name, NewName(), "../x"))
		rest, err := io.ReadAll(f)
		require.NoError(t, err, "an open file stays readable")
		require.True(t, bytes.Equal(content[size/2:], rest))
		require.NoError(t, f.Close())
		_, err = d.Open(t.Context(), name)
		require.ErrorIs(t, err, ErrNotFound)
	}
	require.Empty(t, filesIn(t, dir))
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		info, _ := e.Info()
		require.Zero(t, info.Mode()&0o077, "%s is open to others", path)
		return err
	}))
}

func TestNamesCannotEscapeTheFolder(t *testing.T) {
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
	dir := filepath.Join(outside, "files")
	d := newDisk(t, dir)
	require.NoError(t, os.Symlink("..", filepath.Join(dir, "up")))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "ab", "cd"), 0o700))
	for _, name := range []string{
		"", "a", "ab", ".", "..", "../secret", "..secret", "/etc/passwd", "ab/cd", "ab..", "ab.", "ab.cd", "ab-cd", "a/../../secret", `ab\cd`,
		"abc\x00", "ab cd", "äöü", "abc/../../../secret", "upsecret", "abcd", strings.Repeat("a", 129), "tmp/x", "abc%2f",
	} {
		_, err := d.Open(t.Context(), name)
		require.Error(t, err, "%q", name)
		require.NoError(t, d.Delete(t.Context(), name+"/"), "%q", name)
		if name != "upsecret" && name != "abcd" {
			require.False(t, ValidName(name), "%q", name)
			_, err = d.Put(t.Context(), name, strings.NewReader("x"))
			require.Error(t, err, "%q", name)
		}
	}
	_, err := d.Put(t.Context(), "upsecret", strings.NewReader("x"))
	require.Error(t, err)
	require.Error(t, d.Delete(t.Context(), "upsecret"))
	require.FileExists(t, filepath.Join(outside, "secret"))
	for range 1000 {
		require.True(t, ValidName(NewName()))
	}
	require.True(t, ValidName(NewName()+".512"))
}

func TestInterruptedPutLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	d := newDisk(t, dir)
	broken := errors.New("the network is gone")
	_, err := d.Put(t.Context(), NewName(), io.MultiReader(strings.NewReader("half a"), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	require.Empty(t, filesIn(t, dir))

	ctx, cancel := context.WithCancel(t.Context())
	endless := readerFunc(func(p []byte) (int, error) {
		if len(filesIn(t, dir)) == 1 && strings.HasPrefix(filesIn(t, dir)[0], "tmp/") {
			cancel() // in the middle
		}
		return len(p), nil
	})
	_, err = d.Put(ctx, NewName(), endless)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, filesIn(t, dir))

	ctx, cancel = context.WithCancel(t.Context())
	_, err = d.Put(ctx, NewName(), readerFunc(func([]byte) (int, error) {
		cancel() // at the very end
		return 0, io.EOF
	}))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, filesIn(t, dir))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A node that is killed in the middle leaves a file in tmp and nothing else. It is removed when no process can be
// writing to it any more.
func TestProcessKilledDuringPut(t *testing.T) {
	if dir := os.Getenv("DCHAT_TEST_PUT_INTO"); dir != "" {
		d := newDisk(t, dir)
		_, _ = d.Put(t.Context(), NewName(), readerFunc(func(p []byte) (int, error) { return min(len(p), 100), nil }))
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run", "^TestProcessKilledDuringPut$")
	child.Env = append(os.Environ(), "DCHAT_TEST_PUT_INTO="+dir)
	require.NoError(t, child.Start())
	require.Eventually(t, func() bool {
		part, _ := filepath.Glob(filepath.Join(dir, tmp, "*"))
		if len(part) == 0 {
			return false
		}
		info, err := os.Stat(part[0])
		return err == nil && info.Size() > 0
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())

	left := filesIn(t, dir)
	require.Len(t, left, 1)
	require.Regexp(t, "^tmp/", left[0])
	newDisk(t, dir)
	require.Equal(t, left, filesIn(t, dir), "it may be another node's, at work")
	old := time.Now().Add(-25 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, left[0]), old, old))
	newDisk(t, dir)
	require.Empty(t, filesIn(t, dir))
}

func TestConcurrentPuts(t *testing.T) {
	dir := t.TempDir()
	nodes := []*Disk{newDisk(t, dir), newDisk(t, dir)}
	name := NewName()
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			own := NewName()
			_, err := nodes[i%2].Put(t.Context(), own, strings.NewReader(own))
			require.NoError(t, err)
			require.Equal(t, own, string(read(t, nodes[1-i%2], own)), "the other node has it")
			_, err = nodes[i%2].Put(t.Context(), name, strings.NewReader(strings.Repeat("x", 100_000)))
			require.NoError(t, err)
			require.Len(t, read(t, nodes[1-i%2], name), 100_000, "a blob is always whole")
		})
	}
	all.Wait()
	require.Len(t, filesIn(t, dir), 41)
}

func TestCloseRemovesScratchFile(t *testing.T) {
	dir := t.TempDir()
	d, err := NewDisk(dir)
	require.NoError(t, err)
	defer d.Close()
	f, err := d.Scratch()
	require.NoError(t, err)
	_, err = f.WriteString("for a while")
	require.NoError(t, err)
	content := make([]byte, 11)
	_, err = f.ReadAt(content, 0)
	require.NoError(t, err)
	require.Equal(t, "for a while", string(content))
	require.NoError(t, f.Close())
	require.Empty(t, filesIn(t, dir))
}
