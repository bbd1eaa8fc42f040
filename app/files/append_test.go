package files

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

// appended gives a disk one more piece, as any node does that knows what was written down.
func appended(t *testing.T, d *Disk, name string, offset int64, state []byte, piece []byte) (int64, []byte) {
	t.Helper()
	n, state, err := d.Append(t.Context(), name, offset, state, bytes.NewReader(piece))
	require.NoError(t, err)
	require.EqualValues(t, len(piece), n)
	return offset + n, state
}

func TestAppendAndFinish(t *testing.T) {
	dir := t.TempDir()
	content := make([]byte, 1_000_003)
	rand.Read(content)
	name, offset, state := NewName(), int64(0), []byte(nil)
	for _, size := range []int{1, 65_536, 0, 100_000, 65_535, 768_931} {
		offset, state = appended(t, newDisk(t, dir), name, offset, state, content[offset:][:size])
		_, err := newDisk(t, dir).Open(t.Context(), name)
		require.ErrorIs(t, err, ErrNotFound, "the blob is unfinished")
	}
	d := newDisk(t, dir)
	for range 2 { // a node may have died before it could say that it was done
		blob, err := d.Finish(t.Context(), name, offset, state)
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		require.Equal(t, Blob{Name: name, Size: 1_000_003, SHA256: sum[:]}, blob)
		require.True(t, bytes.Equal(content, read(t, d, name)))
	}
	require.Len(t, filesIn(t, dir), 1)
	require.NoError(t, d.Delete(t.Context(), name))
	_, err := d.Finish(t.Context(), name, offset, state)
	require.ErrorIs(t, err, ErrNotFound)
	require.Empty(t, filesIn(t, dir))
}

func TestAnEmptyFile(t *testing.T) {
	d := newDisk(t, t.TempDir())
	name := NewName()
	_, state := appended(t, d, name, 0, nil, nil)
	blob, err := d.Finish(t.Context(), name, 0, state)
	require.NoError(t, err)
	sum := sha256.Sum256(nil)
	require.Equal(t, sum[:], blob.SHA256)
	require.Empty(t, read(t, d, name))
}

// What lies behind the offset was never written down, so it does not count.
func TestUnrecordedBytesAreCutOff(t *testing.T) {
	dir := t.TempDir()
	d := newDisk(t, dir)
	name := NewName()
	offset, state := appended(t, d, name, 0, nil, []byte("first "))
	_, _ = appended(t, d, name, offset, state, []byte("a long piece that was lost"))
	_, _ = appended(t, d, name, offset, state, []byte("lost"))
	offset, state = appended(t, d, name, offset, state, []byte("second"))
	blob, err := d.Finish(t.Context(), name, offset, state)
	require.NoError(t, err)
	require.Equal(t, "first second", string(read(t, d, name)))
	sum := sha256.Sum256([]byte("first second"))
	require.Equal(t, sum[:], blob.SHA256)
}

func TestWrongOffsets(t *testing.T) {
	dir := t.TempDir()
	d := newDisk(t, dir)
	name := NewName()
	_, _, err := d.Append(t.Context(), name, 5, nil, strings.NewReader("x"))
	require.ErrorIs(t, err, ErrNotFound, "there is nothing to go on with")
	_, state := appended(t, d, name, 0, nil, []byte("12345"))
	_, _, err = d.Append(t.Context(), name, 6, state, strings.NewReader("x"))
	require.ErrorIs(t, err, ErrNotFound, "a gap")
	_, _, err = d.Append(t.Context(), name, 5, []byte("nonsense"), strings.NewReader("x"))
	require.Error(t, err)
	for _, size := range []int64{4, 6} {
		_, err = d.Finish(t.Context(), name, size, state)
		require.ErrorIs(t, err, ErrNotFound)
	}
	for _, odd := range []string{"", "..", "../secret", "a/b/c", "part/x"} {
		_, _, err = d.Append(t.Context(), odd, 0, nil, strings.NewReader("x"))
		require.Error(t, err, "%q", odd)
		_, err = d.Finish(t.Context(), odd, 0, nil)
		require.Error(t, err, "%q", odd)
	}
	require.Equal(t, []string{"part/" + name}, filesIn(t, dir))
	blob, err := d.Finish(t.Context(), name, 5, state)
	require.NoError(t, err, "the premise")
	require.Equal(t, "12345", string(read(t, d, blob.Name)))
}

// A connection that breaks keeps what has come; so does a node that stops.
func TestInterruptedAppendKeepsBytes(t *testing.T) {
	d := newDisk(t, t.TempDir())
	name := NewName()
	broken := errors.New("the network is gone")
	n, state, err := d.Append(t.Context(), name, 0, nil, io.MultiReader(strings.NewReader("half "), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	require.EqualValues(t, 5, n)

	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	n, state, err = d.Append(ctx, name, 5, state, readerFunc(func(p []byte) (int, error) {
		if calls++; calls == 2 {
			cancel() // and what comes afterwards is too late
		}
		return copy(p, "more "), nil
	}))
	require.ErrorIs(t, err, context.Canceled)
	require.EqualValues(t, 5, n)
	offset, state := appended(t, d, name, 10, state, []byte("all"))
	blob, err := d.Finish(t.Context(), name, offset, state)
	require.NoError(t, err)
	require.Equal(t, "half more all", string(read(t, d, name)))
	sum := sha256.Sum256([]byte("half more all"))
	require.Equal(t, sum[:], blob.SHA256)
}

// A node that is killed leaves what the next one can go on with, on the same disk or elsewhere.
func TestProcessKilledDuringAppend(t *testing.T) {
	if dir := os.Getenv("DCHAT_TEST_APPEND_TO"); dir != "" {
		d := newDisk(t, dir)
		_, _, _ = d.Append(t.Context(), "upload", 6, readAll(t, filepath.Join(dir, "state")), readerFunc(func(p []byte) (int, error) { return min(len(p), 100), nil }))
		return
	}
	dir := t.TempDir()
	d := newDisk(t, dir)
	offset, state := appended(t, d, "upload", 0, nil, []byte("first "))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "state"), state, 0o600))
	child := exec.Command(os.Args[0], "-test.run", "^TestProcessKilledDuringAppend$")
	child.Env = append(os.Environ(), "DCHAT_TEST_APPEND_TO="+dir)
	require.NoError(t, child.Start())
	require.Eventually(t, func() bool {
		info, err := os.Stat(filepath.Join(dir, parts, "upload"))
		return err == nil && info.Size() > 6
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())

	offset, state = appended(t, d, "upload", offset, state, []byte("second"))
	_, err := d.Finish(t.Context(), "upload", offset, state)
	require.NoError(t, err)
	require.Equal(t, "first second", string(read(t, d, "upload")))
}

func readAll(t *testing.T, path string) []byte {
	t.Helper()
	all, err := os.ReadFile(path)
	require.NoError(t, err)
	return all
}

// What is wrong with the disk leaves no bytes behind that take up its room.
func TestFullDisk(t *testing.T) {
	d := newDisk(t, t.TempDir())
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no disk that is always full")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer full.Close()
	sum, err := resume(nil)
	require.NoError(t, err)
	n, failed, err := pour(t.Context(), full, sum, strings.NewReader("x"))
	require.Zero(t, n)
	require.NoError(t, failed)
	require.True(t, IsFull(err), "%v", err)

	free, err := d.Free()
	require.NoError(t, err)
	require.NoError(t, Room(d, 0))
	require.ErrorIs(t, Room(d, int64(free)), ErrFull, "something is left to others")
	require.ErrorIs(t, Room(d, 1<<62), ErrFull)
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	d := newDisk(t, dir)
	blob, part, picture := NewName(), NewName(), NewName()+".512"
	for _, name := range []string{blob, picture} {
		_, err := d.Put(t.Context(), name, strings.NewReader("x"))
		require.NoError(t, err)
	}
	appended(t, d, part, 0, nil, []byte("x"))
	for _, path := range []string{"lost+found", "ab"} { // not ours
		require.NoError(t, os.MkdirAll(filepath.Join(dir, path, "ab"), 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ab", "a file"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, tmp, "abc"), nil, 0o600))

	list := func(before time.Time) (names []string) {
		require.NoError(t, d.List(t.Context(), before, func(name string) error {
			names = append(names, name)
			return nil
		}))
		return names
	}
	require.ElementsMatch(t, []string{blob, part, picture}, list(time.Now().Add(time.Minute)))
	require.Empty(t, list(time.Now().Add(-time.Minute)))
	enough := errors.New("enough")
	require.ErrorIs(t, d.List(t.Context(), time.Now().Add(time.Minute), func(string) error { return enough }), enough)
	require.NoError(t, d.Delete(t.Context(), list(time.Now().Add(time.Minute))...))
	require.Empty(t, list(time.Now().Add(time.Minute)))
}
