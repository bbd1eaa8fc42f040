package words_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dchat/app/text/words"

	"github.com/stretchr/testify/require"
)

// found are queries and texts, with what of the texts is marked; "" is not found.
var found = []struct{ query, text, marked string }{
	{"hello", "Well, HELLO there", "HELLO"},
	{"hel", "Well, hello there", "hello"},
	{"hel there", "Well, hello there", ""},
	{"there wel", "Well, hello there", "Well|there"},
	{"cafe", "Un café crème", "café"},
	{"CAFÉ", "un cafe\u0301", "cafe\u0301"},
	{"strasse", "Lange Straße 5", "Straße"},
	{"straß", "LANGE STRASSE", "STRASSE"},
	{"lodz", "Łódź", "Łódź"},
	{"οδυσσευς", "ΟΔΥΣΣΕΎΣ", "ΟΔΥΣΣΕΎΣ"},
	{"istanbul", "İSTANBUL", "İSTANBUL"},
	{"eau", "de l’eau", "eau"},
	{"l'eau", "de l’eau", "l’eau"},
	{"leau", "de l’eau", "l’eau"},
	{"dont", "I don't", "don't"},
	{"don’t", "I dont", "dont"},
	{"obrien", "Mr O'Brien", "O'Brien"},
	{"brien", "Mr O'Brien", "Brien"},
	{"o'b", "Mr O'Brien", "O'Brien"},
	{"日本", "私は日本語を話す", "日本"},
	{"日本語", "日本と本語", ""},
	{"日本語", "私は日本語を話す", "日本語"},
	{"語", "私は日本語を話す", "語"},
	{"カ", "ガ", ""},
	{"ｶﾞｷﾞ", "これはガギです", "ガギ"},
	{"학교", "저는 학교에서", "학교"},
	{"\u1112\u1161\u11a8교", "저는 학교에서", "학교"},
	{"ข้าว", "ผมกินข้าวแล้ว", "ข้าว"},
	{"2026", "report_2026-11.pdf", "2026"},
	{"report_2026", "report_2026-11.pdf", "report|2026"},
	{"report.p", "my report.pdf", "report|pdf"},
	{"👍", "fine 👍🏽!", "👍🏽"},
	{"snake_case_na", "a snake_case_name", "snake|case|name"},
	{"snake", "a snake_case_name", "snake"},
	{"!?", "what!?", ""},
	{"", "anything", ""},
	{"½", "1 2 3", "1|2"},
}

func TestFind(t *testing.T) {
	for _, row := range found {
		q := words.Parse(row.query)
		var marked []string
		for _, s := range q.Find(row.text) {
			marked = append(marked, row.text[s.Start:s.End])
		}
		if row.marked != "" {
			require.Equal(t, row.marked, strings.Join(marked, "|"), "%q in %q", row.query, row.text)
		}
		require.Equal(t, row.marked != "", q.Match(row.text), "%q in %q", row.query, row.text)
		if row.marked != "" {
			require.True(t, indexed(q, words.Index(row.text)), "%q in %q", row.query, row.text)
		}
	}
}

// indexed reports whether an index has all keys of a query.
func indexed(q words.Query, index string) bool {
	for _, k := range q.Keys() {
		has := strings.Contains(" "+index+" ", " "+k.Word+" ")
		if !has && (!k.Prefix || !strings.Contains(" "+index, " "+k.Word)) {
			return false
		}
	}
	return true
}

func TestMatchInSeveralTexts(t *testing.T) {
	require.True(t, words.Parse("report thursday").Match("On Thursday.", "report.pdf"))
	require.False(t, words.Parse("日本").Match("日", "本"))
	require.False(t, words.Parse("").Match("text"))
}

func TestLongQueriesAreCut(t *testing.T) {
	require.LessOrEqual(t, len(words.Parse(strings.Repeat("a b c d e f g h i j k ", 100)).Keys()), 24)
	long := strings.Repeat("x", 150)
	require.True(t, words.Parse(long).Match(long), "of a word both sides keep as much")
}

// Every text is found by itself, and by every beginning of its words.
func FuzzQuery(f *testing.F) {
	for _, row := range found {
		f.Add(row.text, uint8(3))
	}
	f.Fuzz(func(t *testing.T, s string, cut uint8) {
		if !utf8.ValidString(s) || utf8.RuneCountInString(s) > words.MaxQuery {
			return
		}
		index := words.Index(s)
		for _, typed := range []string{s, s[:min(len(s), int(cut))]} {
			if !utf8.ValidString(typed) {
				continue
			}
			q := words.Parse(typed)
			for _, span := range q.Find(s) {
				require.True(t, span.Start < span.End && utf8.ValidString(s[span.Start:span.End]))
			}
			if typed == s && !q.Empty() {
				require.True(t, q.Match(s), "%q", s)
				require.True(t, indexed(q, index), "%q: %v in %q", s, q.Keys(), index)
			}
		}
	})
}
