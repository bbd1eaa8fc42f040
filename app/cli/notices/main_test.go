package main

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryModuleOfTheProgramHasItsLicence(t *testing.T) {
	t.Chdir("../../..")
	parts, err := collect([]string{runtime.GOOS})
	require.NoError(t, err)
	var names []string
	for _, p := range parts {
		name, _, _ := strings.Cut(p.name, " ")
		names = append(names, name)
		require.Greater(t, len(strings.Join(p.texts, "")), 200, p.name)
	}
	for _, name := range []string{"Go", "github.com/gofiber/fiber/v2", "modernc.org/sqlite", "github.com/spf13/cobra", "htmx", "tus", "lucide", "github.com/tetratelabs/wazero", "libheif", "libde265", "libavif", "aom"} {
		require.Contains(t, names, name)
	}
	require.False(t, slices.Contains(names, "github.com/chromedp/chromedp"), "only tests need it")
	var all strings.Builder
	require.NoError(t, write(&all, parts))
	require.Contains(t, all.String(), "github.com/redis/rueidis")
	require.Contains(t, all.String(), "GNU LESSER GENERAL PUBLIC LICENSE")
}

func TestAModuleWithoutALicenceIsFound(t *testing.T) {
	require.Empty(t, licences(t.TempDir()))
}
