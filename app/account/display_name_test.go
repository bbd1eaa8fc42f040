package account_test

import (
	"strings"
	"testing"

	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func TestDisplayNameRules(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("Anna_K")
		for typed, name := range map[string]string{
			"Aiko":           "Aiko",
			"  Ana \t María": "Ana María",
			"one\nline\r\n":  "one line",
			"":               "Anna_K", " \u00a0\u3000": "Anna_K",
			"🦊": "🦊", "<b>x</b>": "<b>x</b>", `'; --`: `'; --`,
			"👨‍👩‍👧": "👨‍👩‍👧", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
			"می\u200cخواهم": "می\u200cخواهم", "Nguyễn": "Nguyễn", "נָעֳמִּי": "נָעֳמִּי", "ཧཱུྃ": "ཧཱུྃ", "á̂̃̄": "á̂̃̄", "1️⃣": "1️⃣",
			"Deleted": "Deleted", "Account": "Account", "Adele Tedcount": "Adele Tedcount",
			"مريم": "مريم", "א\u200eב": "א\u200eב", // left-to-right marks turn nothing around
			strings.Repeat("é", 50):               strings.Repeat("é", 50),
			"  " + strings.Repeat("𝒳", 50) + "  ": strings.Repeat("𝒳", 50),
		} {
			require.Equal(f.T, name, f.Rename(ann, typed).DisplayName, "%q", typed)
			require.Equal(f.T, name, f.Row(ann).DisplayName)
		}
		f.Rename(ann, "Anna")
		for why, typed := range map[string]string{
			"51 characters": strings.Repeat("é", 51), "NUL": "a\x00b", "broken UTF-8": "a\xffb", "escape": "a\x1b[31mb", "bell": "\a", "delete": "a\x7f",
			"turned around": "abc\u202ecba", "isolated": "a\u2066b", "embedded": "a\u202ab", "nothing to see": "\u200b\u200d\u2060", "soft hyphens": "\u00ad",
			"filler": "\u3164", "Hangul fillers": "\u115f\u1160", "blank braille": "\u2800 \u2800", "half-width filler": "\uffa0", "a mark alone": "\u0301",
			"line separator": "a\u2028b", "paragraph separator": "a\u2029b", "next line": "a\u0085b", "soft hyphen": "An\u00adna", "zero-width space": "An\u200bna",
			"byte order mark": "\ufeffAnna\ufeffB", "no character": "a\uffffb", "heap": "Z" + strings.Repeat("\u0301", 30), "five marks": "a\u0301\u0302\u0303\u0304\u0305\u0306",
			"deleted": "Deleted account", "small": "deleted account", "capital I": "DeIeted account", "Cyrillic": "Dеlеtеd ассоunt", "full width": "Ｄｅｌｅｔｅｄ　ａｃｃｏｕｎｔ",
			"accents": "Délétéd àccoünt", "no space": "Deletedaccount", "joined": "De\u200dleted account", "digits": "De1eted acc0unt", "dots": "De.leted-account", "capitals": "DELETED ACCOUNT",
			"bold": "𝐃𝐞𝐥𝐞𝐭𝐞𝐝 𝐚𝐜𝐜𝐨𝐮𝐧𝐭",
		} {
			_, err := f.SetProfile(f.Ctx, ann, typed, nil)
			require.Error(f.T, err, why)
			domain.WrongField(f.T, err, "display_name")
			require.NotContains(f.T, err.Error(), "Please look", why)
		}
		require.Equal(f.T, "Anna", f.Row(ann).DisplayName)
		found, err := f.Search(f.Ctx, f.User("bobby"), "anna")
		require.NoError(f.T, err)
		require.Len(f.T, found, 1)
		f.Rename(ann, "Zoë")
		found, err = f.Search(f.Ctx, f.User("cydney"), "zoe")
		require.NoError(f.T, err)
		require.Len(f.T, found, 1, "a search finds the new name")
	})
}
