package chat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

const household = "👨‍👩‍👧‍👦" // seven code points, 25 bytes

func TestFileNamesAreCutBetweenCharacters(t *testing.T) {
	for _, c := range []struct{ character, extension string }{
		{household, ".jpeg"}, {"🇳🇵", ".tar"}, {"नि", ""}, {"e\u0301\u0323", ".pdf"}, {"각", ".hwp"}, {"👍🏿", ".png"},
	} {
		name := chat.FileName("x" + strings.Repeat(c.character, 300) + c.extension)
		require.LessOrEqual(t, len(name), 255)
		require.Greater(t, len(name), 255-len(c.character))
		stem, ok := strings.CutSuffix(name, c.extension)
		require.True(t, ok, name)
		require.Equal(t, "x", strings.ReplaceAll(stem, c.character, ""), "whole characters")
	}
}

func TestBrowsersAreCutBetweenCharacters(t *testing.T) {
	everywhere(t, func(w *world) {
		anna := w.person("anna")
		for agent, want := range map[string]string{
			"Browser " + strings.Repeat(household, 20):     "Browser " + strings.Repeat(household, 11),
			strings.Repeat("e\u0301", 200):                 strings.Repeat("e\u0301", 100),
			strings.Repeat("x", 299) + "🇩🇪":                strings.Repeat("x", 299),
			"a\x00b\xff" + strings.Repeat("नि", 60) + "ने": "ab" + strings.Repeat("नि", 49),
			strings.Repeat("x", 300):                       strings.Repeat("x", 300),
		} {
			token, err := w.OpenSession(w.ctx, anna, agent)
			require.NoError(t, err)
			session, err := w.SessionByToken(w.ctx, token)
			require.NoError(t, err)
			require.Equal(t, want, session.UserAgent)
		}
	})
}

// An Entry has as much of a last message as its line is made of, and one code point that tells of more.
func TestALastMessageIsReadAsFarAsItsLineGoes(t *testing.T) {
	everywhere(t, func(w *world) {
		people := w.people("anna", "bert")
		anna, bert := people[0], people[1]
		w.contacts(anna, bert)
		for body, want := range map[string]int{strings.Repeat(household, 80): chat.MaxExcerpt + 1, strings.Repeat("é", chat.MaxExcerpt): chat.MaxExcerpt, "short": 5} {
			w.say(anna, bert, body)
			missed, err := w.Missed(w.ctx, bert, chat.Seen{}, true)
			require.NoError(t, err)
			read := missed.Entries[0].Last.Body
			require.Equal(t, want, utf8.RuneCountInString(read))
			require.True(t, strings.HasPrefix(body, read))
		}
	})
}
