package app_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"dchat/app"
	"dchat/app/cli"
	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// A backup works on a full or read-only disk: while the server runs, after it has stopped and after it was killed.
func TestBackupFromFullOrReadOnlyDisk(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"full":      func(t *testing.T, dir string) { fill(t, filepath.Join(dir, "filler")) },
		"read-only": func(*testing.T, string) {}, // mounted read-only elsewhere: the server has it open for writing
		"healthy":   func(*testing.T, string) {},
	} {
		for state, end := range map[string]func(t *testing.T, b *harness.Backend, n *harness.Node){
			"running": func(*testing.T, *harness.Backend, *harness.Node) {},
			"stopped": func(_ *testing.T, _ *harness.Backend, n *harness.Node) { n.Stop() },
			"killed":  killed,
		} {
			t.Run(name+" "+state, func(t *testing.T) {
				b := harness.EmptySQLite(t)
				smallDisk(t, b.DataDir())
				n := b.Start(t)
				anna := n.SignUp(t, "anna")
				postFile(t, anna, "/profile", "picture", "me.png", somePNG(t))
				end(t, b, n)
				prepare(t, b.DataDir())
				config := b.Config(t)
				if name == "read-only" {
					config.DataDir = t.TempDir()
					mountReadOnly(t, b.DataDir(), config.DataDir)
				}
				before := namesIn(t, b.DataDir())

				archive := filepath.Join(t.TempDir(), "archive")
				environ(t, config)
				require.NoError(t, cli.Execute(t.Context(), []string{"backup", archive}, &bytes.Buffer{}))
				require.Equal(t, before, namesIn(t, b.DataDir()))

				there := harness.EmptySQLite(t)
				file, err := os.Open(archive)
				require.NoError(t, err)
				defer file.Close()
				_, err = app.Restore(t.Context(), there.Config(t), silent, file)
				require.NoError(t, err)
				back := there.Start(t).SignIn(t, "anna")
				require.NotEmpty(t, back.Get("/profile", false).Doc().Find("img[src^='/files/']").AttrOr("src", ""), "the picture is restored")
			})
		}
	}
}

// killed stops the node and restores the folder as a killed server leaves it: with the write-ahead log and its index.
func killed(t *testing.T, b *harness.Backend, n *harness.Node) {
	t.Helper()
	kept := map[string][]byte{}
	for _, name := range []string{"dchat.db", "dchat.db-wal", "dchat.db-shm"} {
		content, err := os.ReadFile(filepath.Join(b.DataDir(), name))
		require.NoError(t, err)
		kept[name] = content
	}
	require.NotEmpty(t, kept["dchat.db-wal"])
	n.Stop()
	for name, content := range kept {
		require.NoError(t, os.WriteFile(filepath.Join(b.DataDir(), name), content, 0o600))
	}
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, _ fs.DirEntry, err error) error {
		names = append(names, path)
		return err
	}))
	return names
}

// When the disk is the cause, the error names the disk and no setting.
func TestBackupErrorNamesDisk(t *testing.T) {
	b := harness.EmptySQLite(t)
	smallDisk(t, b.DataDir())
	n := b.Start(t)
	n.SignUp(t, "anna")
	killed(t, b, n)
	require.NoError(t, os.Remove(filepath.Join(b.DataDir(), "dchat.db-shm")))
	environ(t, b.Config(t))
	archives := t.TempDir()
	backup := func() error {
		return cli.Execute(t.Context(), []string{"backup", filepath.Join(archives, "archive")}, &bytes.Buffer{})
	}
	readOnly(t, b.DataDir())
	err := backup()
	require.ErrorContains(t, err, b.DataDir()+" is full or read-only")
	require.NotContains(t, err.Error(), "DATABASE_URL")
}

func TestBackupErrorNamesArchiveDisk(t *testing.T) {
	b := harness.EmptySQLite(t)
	b.Start(t).Stop()
	archives := t.TempDir()
	smallDisk(t, archives)
	fill(t, filepath.Join(archives, "filler"))
	environ(t, b.Config(t))
	err := cli.Execute(t.Context(), []string{"backup", filepath.Join(archives, "archive")}, &bytes.Buffer{})
	require.ErrorContains(t, err, archives)
	require.NotContains(t, err.Error(), "DATABASE_URL")
	require.NotContains(t, err.Error(), b.DataDir())
}
