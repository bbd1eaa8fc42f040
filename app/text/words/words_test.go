package words_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dchat/app/text"
	"dchat/app/text/words"

	"github.com/stretchr/testify/require"
)

func TestIndex(t *testing.T) {
	for typed, want := range map[string]string{
		"":                              "",
		"Hello, hello World!":           "hello world",
		"Café crème":                    "cafe creme",
		"Straße STRASSE":                "strasse",
		"Łódź, Søren; Đorđe":            "lodz soren dorde",
		"ΟΔΥΣΣΕΎΣ Οδυσσεύς":             "οδυσσευσ",
		"İstanbul ıstanbul":             "istanbul",
		"l'eau L’eau":                   "leau l eau",
		"don't rock 'n' roll 'quoted'":  "dont don t rock n roll quoted",
		"O'Brien":                       "obrien o brien",
		"report_2026-final.PDF":         "report 2026 final pdf",
		"日本語":                           "日 本 日本 語 本語",
		"ｶﾞｷﾞ":                          "ガ ギ ガギ",
		"학교에서":                          "학 교 학교 에 교에 서 에서",
		"iPhoneケース":                     "iphone ケ ー ケー ス ース",
		"日 本":                           "日 本",
		"กินข้าว":                       "กิ น กิน ข้ นข้ า ข้า ว าว",
		"Ёлка की कि":                    "елка की कि",
		"👍🏽 👩‍💻 🇩🇪 ❤️":                  "👍 👩💻 🇩🇪 ❤",
		"½ ㎏":                           "1 2 kg",
		"a\u0301 \u0301b":               "a b",
		"…!? — ///":                     "",
		strings.Repeat("x", 100):        strings.Repeat("x", 64),
		strings.Repeat("é", 100) + "a":  strings.Repeat("e", 64),
		strings.Repeat("ж", 100) + " б": strings.Repeat("ж", 64) + " б",
	} {
		require.Equal(t, want, words.Index(typed), "%q", typed)
	}
}

func TestIndexOfSeveralTexts(t *testing.T) {
	require.Equal(t, "one two three pdf", words.Index("one two", "two three.pdf"))
	require.Equal(t, "日 本", words.Index("日", "本"), "no pair reaches from one text into the next")
}

// A word knows its place in the text.
func TestSplitPlaces(t *testing.T) {
	for _, text := range []string{"Ein Café ☕️, l’eau: 日本語 ㎏ 👩‍💻!", "½", "กินข้าว"} {
		end := 0
		for _, w := range words.Split(text) {
			require.True(t, w.Start < w.End && w.End <= len(text), "%q: %+v", text, w)
			require.True(t, utf8.ValidString(text[w.Start:w.End]))
			require.GreaterOrEqual(t, w.End, end)
			if !w.Part {
				end = w.Start
			}
		}
	}
}

func FuzzIndex(f *testing.F) {
	for _, s := range []string{"Hello l'eau", "日本語ｶﾞ", "👩‍💻🇩🇪👍🏽", "½ ﷺ ㍿", "a\u0301\u200b\u00ad'b", "กินข้าว", "\u1100\u1161\u11a8", "'’'a'’b", "\U0001f3fb\u200d☕"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		index := words.Index(s)
		require.True(t, utf8.ValidString(index))
		for _, word := range strings.Fields(index) {
			require.LessOrEqual(t, utf8.RuneCountInString(word), words.MaxWord)
			require.NotContains(t, `'":\&|!()*<> `, word[:1])
		}
		require.Equal(t, index, strings.Join(strings.Fields(index), " "), "the words are divided by single spaces: %q", s)
		require.NotContains(t, index, ":")
		require.NotContains(t, index, `"`)
		require.NotContains(t, index, "'")
		require.NotContains(t, index, `\`)
	})
}

func BenchmarkIndex(b *testing.B) {
	for name, text := range map[string]string{
		"english": "I have read the second draft of the report, and most of it is fine; let us talk about the rest on Thursday afternoon.",
		"german":  "Schöne Grüße aus Köln: der Entwurf ist größtenteils fertig, nur über die Fußnoten müssen wir am Dienstag noch reden.",
		"chinese": "我已经看过报告的第二稿了大部分都没有问题其余的我们星期四下午再谈吧",
		"longest": strings.Repeat("a long message with ordinary words ", 285),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				words.Index(text)
			}
		})
	}
}

// People and messages are found by the same spellings.
func TestIndexNormalizesAsNamesAre(t *testing.T) {
	for _, word := range []string{"Łukasz", "SØREN", "Straße", "Đorđević", "Œuvre", "İstanbul", "Οδυσσεύς", "Ёлкин", "Việt", "ﬁona", "Þórhildur", "Ｌｕｋａｓｚ", "Lu\u00adkasz", "بيت", "की"} {
		require.Equal(t, text.Normalize(word), words.Index(word))
	}
}
