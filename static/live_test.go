package static_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dchat/static"
)

// change waits for the state after the one that was.
func change(t *testing.T, changed <-chan struct{}) static.State {
	t.Helper()
	select {
	case <-changed:
	case <-time.After(20 * time.Second):
		require.FailNow(t, "the edit is not seen")
	}
	now, _ := static.Now()
	return now
}

func TestEditsAreServedAtOnceInDevelopment(t *testing.T) {
	before := static.URL("dchat.css")
	dir, templates := t.TempDir(), t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(".")))
	edit := func(path, more string) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, append(text, more...), 0o600))
	}
	require.False(t, static.Watched())
	stop := static.Watch(dir, filepath.Join(templates, "*.txt"))
	defer func() { stop() }()
	require.True(t, static.Watched())
	require.NotEqual(t, before, static.URL("dchat.css"), "the sources, not what is made of them")

	first, changed := static.Now()
	edit(filepath.Join(dir, "css", "base.css"), "/* edited */")
	second := change(t, changed)
	require.Equal(t, first.Page, second.Page, "a style needs no new page")
	require.NotEqual(t, first.Style, second.Style)
	body, _, _, ok := static.Lookup(second.Style, "")
	require.True(t, ok)
	require.Contains(t, string(body), "/* edited */")
	_, _, _, ok = static.Lookup(first.Style, "")
	require.True(t, ok, "a page that is still open may ask for it")

	_, changed = static.Now()
	edit(filepath.Join(dir, "dchat.js"), "// edited")
	third := change(t, changed)
	require.NotEqual(t, second.Page, third.Page)
	_, changed = static.Now()
	require.NoError(t, os.WriteFile(filepath.Join(templates, "a.txt"), nil, 0o600))
	require.NotEqual(t, third.Page, change(t, changed).Page, "a template")

	stop()
	stop = func() {}
	require.False(t, static.Watched())
	require.Equal(t, before, static.URL("dchat.css"))
}
