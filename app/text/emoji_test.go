package text

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEmojiIsOneCharacter(t *testing.T) {
	for _, s := range []string{
		"👍", "👍🏽", "❤", "❤️", "☺️", "©️", "1️⃣", "#⃣", "🇫🇷", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "👩‍❤️‍💋‍👨", "👨‍👩‍👧‍👦", "🧑🏿‍🤝‍🧑🏻", "❤️‍🔥", "🫩", "🐦‍🔥", "🏽",
	} {
		require.True(t, Emoji(s), "%q", s)
	}
	for _, s := range []string{
		"", " ", "a", "1", "#", "é", "ß", "中", "👍👍", "👍 ", "👍a", "a👍", "\u200d", "\ufe0f", "\u20e3", "12⃣", "🇫", "🇫🇷🇩🇪", "👍🇫🇷", "👍\u0301", "<b>", "\xff", "👍\xff",
		"→", "∞", strings.Repeat("👩‍", 20) + "👩", "👍\u200d", "\U000e0067",
	} {
		require.False(t, Emoji(s), "%q", s)
	}
}
