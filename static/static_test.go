package static_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"

	"dchat/static"
)

var names = []string{
	"dchat.css", "htmx.js", "dchat.js", "upload.js", "upload.css", "tus.js", "viewer.js", "action.js", "emoji.js", "store.js", "notify.js", "keep.js", "share.js", "worker.js", "dev.js", "viewer.css", "action.css", "emoji.css", "dchat.webmanifest", "favicon.svg", "icon-180.png", "icon-192.png", "icon-512.png",
}

func TestEveryAssetStandsUnderItsFingerprint(t *testing.T) {
	for _, name := range names {
		url := static.URL(name)
		require.Regexp(t, `^/static/[a-z0-9-]+\.[0-9a-f]{8}\.[a-z]+$`, url)
		body, contentType, encoding, ok := static.Lookup(url, "")
		require.True(t, ok, name)
		require.NotEmpty(t, body, name)
		require.NotEmpty(t, contentType, name)
		require.Empty(t, encoding, name)
	}
}

func TestEncodingsCarryTheSameBytes(t *testing.T) {
	for _, name := range names {
		plain, _, _, _ := static.Lookup(static.URL(name), "identity")
		for accept, want := range map[string]string{
			"gzip, deflate, br, zstd": "br", "br;q=1.0": "br", "gzip": "gzip", "br;q=0, gzip;q=0.5": "gzip", "GZIP": "gzip",
			"gzip;q=0": "", "*": "", "brx": "",
		} {
			body, contentType, encoding, ok := static.Lookup(static.URL(name), accept)
			require.True(t, ok)
			if contentType == "image/png" {
				want = ""
			}
			require.Equal(t, want, encoding, "%s for %q", name, accept)
			require.Equal(t, plain, decode(t, body, encoding), name)
		}
	}
}

func decode(t *testing.T, body []byte, encoding string) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	switch encoding {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		unzipped, err := gzip.NewReader(r)
		require.NoError(t, err)
		r = unzipped
	}
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return plain
}

func TestOtherPathsAreNotFound(t *testing.T) {
	for _, path := range []string{
		"/static/dchat.css", "/static/dchat.00000000.css", "/static/", "/static/../static.go", "/static/vendor/htmx.min.js", "",
		strings.ToUpper(static.URL("dchat.css")), static.URL("dchat.css") + "/",
	} {
		_, _, _, ok := static.Lookup(path, "br")
		require.False(t, ok, path)
	}
	require.Panics(t, func() { static.URL("nothing.css") })
}

func TestFirstLoadIsLight(t *testing.T) {
	for name, most := range map[string]int{"dchat.css": 8500, "htmx.js": 14800, "dchat.js": 11400, "store.js": 5100} {
		body, _, _, _ := static.Lookup(static.URL(name), "br")
		require.LessOrEqual(t, len(body), most, name)
	}
}

func TestStylesheetLoadsNoResources(t *testing.T) {
	css, _, _, _ := static.Lookup(static.URL("dchat.css"), "")
	require.NotRegexp(t, regexp.MustCompile(`(?i)url\(|@import|https?:`), string(css))
}

func TestManifestNamesFingerprints(t *testing.T) {
	manifest, _, _, _ := static.Lookup(static.URL("dchat.webmanifest"), "")
	for _, name := range []string{"favicon.svg", "icon-192.png", "icon-512.png"} {
		require.Contains(t, string(manifest), `"`+static.URL(name)+`"`)
	}
}

func TestIconsAreShapesOnly(t *testing.T) {
	check := static.Icon("check")
	require.True(t, strings.HasPrefix(check, "<path "), check)
	require.NotContains(t, check, "svg")
	require.NotContains(t, check, "stroke")
	require.Panics(t, func() { static.Icon("nothing") })
}
