package text

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNormalizeEqualSpellings(t *testing.T) {
	for want, spellings := range map[string][]string{
		"lukasz":      {"Łukasz", "LUKASZ", "Ｌｕｋａｓｚ", "Lu\u00adkasz", "Lu\u200bkasz"},
		"soren":       {"Søren", "SØREN", "soren"},
		"strasse":     {"Straße", "STRASSE", "STRAẞE"},
		"djordje":     {"Djordje"},
		"dordevic":    {"Đorđević", "ĐORĐEVIĆ", "Đorđevic\u0301"},
		"aeroskobing": {"Ærøskøbing", "ÆRØSKØBING"},
		"oeuvre":      {"Œuvre", "œuvre"},
		"istanbul":    {"İstanbul", "ıstanbul", "ISTANBUL", "I\u0307stanbul"},
		"οδυσσευσ":    {"Οδυσσεύς", "ΟΔΥΣΣΕΎΣ", "οδυσσευσ"},
		"oneill":      {"O’Neill", "O'Neill", "OʼNeill", "ONeill", "O´Neill", "O＇Neill"},
		"jean-luc":    {"Jean-Luc", "Jean‑Luc", "JEAN–LUC"},
		"елкин":       {"Ёлкин", "ЁЛКИН", "Елкин"},
		"viet nam":    {"Việt\u00a0Nam", "VIỆT NAM"},
		"fiona":       {"ﬁona", "Fiona"},
		"thorhildur":  {"Þórhildur"},
		"カタカナ":        {"ｶﾀｶﾅ", "カタカナ"},
		"ガ":           {"ｶﾞ", "カ\u3099", "ガ"},
		"각":           {"각", "\u1100\u1161\u11a8"},
		"بيت":         {"بيت"},
	} {
		for _, spelling := range spellings {
			require.Equal(t, want, Normalize(spelling), "%q", spelling)
		}
	}
}

func TestNormalizeKeepsMarksOfSpelling(t *testing.T) {
	for _, pair := range [][2]string{{"か", "が"}, {"は", "ぱ"}, {"कि", "की"}, {"ดี", "ดิ"}, {"שׂ", "שׁ"}, {"قَلَم", "قلم"}, {"நி", "நீ"}} {
		require.NotEqual(t, Normalize(pair[0]), Normalize(pair[1]), "%q", pair)
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"Łukasz", "İ", "ᾳ\u0345", "ΐ", "ﬃ", "'`´", "Å\u0327", "\u1e9e", "가\u11a8", "a\u00ad\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Normalize(s)
		require.Equal(t, once, Normalize(once), "%q", s)
	})
}
