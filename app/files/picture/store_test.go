package picture

import (
	"io"
	"io/fs"
	"os"
	"testing"

	"dchat/app/files"

	"github.com/stretchr/testify/require"
)

func newDisk(t *testing.T, dir string) *files.Disk {
	t.Helper()
	d, err := files.NewDisk(dir)
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

func read(t *testing.T, s files.Store, name string) []byte {
	t.Helper()
	f, err := s.Open(t.Context(), name)
	require.NoError(t, err)
	defer f.Close()
	all, err := io.ReadAll(f)
	require.NoError(t, err)
	require.EqualValues(t, len(all), f.Size())
	return all
}
