package files

import (
	"mime"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"photo.jpg":                 `attachment; filename="photo.jpg"`,
		"a b;c=d.txt":               `attachment; filename="a b;c=d.txt"`,
		"写真 1.jpg":                  `attachment; filename="__ 1.jpg"; filename*=UTF-8''%E5%86%99%E7%9C%9F%201.jpg`,
		"🎉.pdf":                     `attachment; filename="_.pdf"; filename*=UTF-8''%F0%9F%8E%89.pdf`,
		`say "hi".txt`:              `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`,
		"100%41.txt":                `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`,
		"../../etc/passwd":          `attachment; filename=".._.._etc_passwd"`,
		"x\r\nSet-Cookie: a=b.html": `attachment; filename="x__Set-Cookie: a=b.html"`,
		"photo\u202egpj.exe":        `attachment; filename="photogpj.exe"`,
		"":                          `attachment; filename="file"`,
		"..":                        `attachment; filename="file"`,
		"\xff\xfe.txt":              `attachment; filename="__.txt"`,
	} {
		require.Equal(t, want, Disposition(false, name), "%q", name)
	}
	require.Equal(t, `inline; filename="a.png"`, Disposition(true, "a.png"))

	long := strings.Repeat("長", 200) + ".jpeg"
	_, params, err := mime.ParseMediaType(Disposition(true, long))
	require.NoError(t, err)
	require.LessOrEqual(t, len(params["filename"]), 255)
	require.Regexp(t, "^長+[.]jpeg$", params["filename"])
}

func FuzzDisposition(f *testing.F) {
	for _, seed := range []string{"a.txt", "写真.jpg", "a\"b\\c%d;e", "\r\n\x00\u202e../x", strings.Repeat("é", 300), "\xff.", " ", ".", "a.\u2028b", strings.Repeat("x", 254) + "é"} {
		f.Add(true, seed)
	}
	header := regexp.MustCompile(`^(inline|attachment); filename="[^"\\%\x00-\x1f\x7f-\xff]+"(; filename\*=UTF-8''([A-Za-z0-9._~-]|%[0-9A-F]{2})+)?$`)
	path := regexp.MustCompile(`^([A-Za-z0-9._-]|%[89A-F][0-9A-F])+$`)
	f.Fuzz(func(t *testing.T, inline bool, name string) {
		text := Disposition(inline, name)
		require.Regexp(t, header, text)
		kind, params, err := mime.ParseMediaType(text)
		require.NoError(t, err)
		require.Equal(t, inline, kind == "inline")
		given := params["filename"]
		require.Equal(t, tidy(name), given)
		require.True(t, utf8.ValidString(given))
		require.LessOrEqual(t, len(given), 255)
		require.NotContains(t, []string{"", ".", ".."}, given)
		require.NotContains(t, given, "/")
		require.Equal(t, given, tidy(given), "it is tidy now")
		if len(name) < 200 && utf8.ValidString(name) && !regexp.MustCompile(`[\\/\p{C}\p{Z}\x{fffd}]`).MatchString(name) && strings.Trim(name, ".") != "" {
			require.Equal(t, name, given, "an honest name comes whole")
		}

		last := pathName(name)
		require.Regexp(t, path, last)
		require.NotContains(t, last, "..")
		back, err := url.PathUnescape(last)
		require.NoError(t, err)
		require.NotContains(t, []string{"", ".", ".."}, back)
	})
}

func TestNamesAreCutBetweenCharacters(t *testing.T) {
	for _, character := range []string{"👨‍👩‍👧‍👦", "🏳️‍🌈", "e\u0301\u0323", "நி", "한"} {
		_, params, err := mime.ParseMediaType(Disposition(false, strings.Repeat(character, 200)+".jpeg"))
		require.NoError(t, err)
		stem, ok := strings.CutSuffix(params["filename"], ".jpeg")
		require.True(t, ok)
		require.Empty(t, strings.ReplaceAll(stem, character, ""))
		require.Greater(t, len(stem), maxName-5-len(character))
	}
}
