package chat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

const household = "👨‍👩‍👧‍👦" // seven code points, 25 bytes

// An Entry has as much of a last message as its line is made of, and one code point that tells of more.
func TestEntryHoldsExcerptOfLastMessage(t *testing.T) {
	everywhere(t, func(f *fixture) {
		people := f.Users("anna", "bert")
		anna, bert := people[0], people[1]
		f.Contacts(anna, bert)
		for body, want := range map[string]int{strings.Repeat(household, 80): chat.MaxExcerpt + 1, strings.Repeat("é", chat.MaxExcerpt): chat.MaxExcerpt, "short": 5} {
			f.Say(anna, bert, body)
			missed, err := f.Delta(f.Ctx, bert, chat.Position{}, true)
			require.NoError(t, err)
			read := missed.Entries[0].Last.Body
			require.Equal(t, want, utf8.RuneCountInString(read))
			require.True(t, strings.HasPrefix(body, read))
		}
	})
}
