package live

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCursorText(t *testing.T) {
	for text, want := range map[string]Cursor{
		"a0.0":         {Epoch: "a0"},
		"a0.7":         {Epoch: "a0", Version: 7},
		"a0.7.3.12.1":  {Epoch: "a0", Version: 7, Conversation: 3, Rev: 12, Gen: 1},
		"a0.7.0.0.4":   {Epoch: "a0", Version: 7, Gen: 4},
		"ff.1.1.0.0":   {Epoch: "ff", Version: 1, Conversation: 1},
		"0.1":          {Epoch: "0", Version: 1},
		"a.1.2.3.0":    {Epoch: "a", Version: 1, Conversation: 2, Rev: 3},
		"a.1.2.3.4":    {Epoch: "a", Version: 1, Conversation: 2, Rev: 3, Gen: 4},
		"a.1000000000": {Epoch: "a", Version: 1_000_000_000},

		"a.9223372036854775807": {Epoch: "a", Version: 1<<63 - 1},
	} {
		cursor, ok := ParseCursor(text)
		require.True(t, ok, text)
		require.Equal(t, want, cursor, text)
		require.Equal(t, text, cursor.String())
	}
}

func TestCursorRefused(t *testing.T) {
	for _, text := range []string{
		"", ".", "a", "a.", ".1", "a.1.2", "a.1.2.3", "a.1.2.3.4.5", "a.-1", "a.+1", "a. 1", "a.01",
		"a.1 ", "A.1", "g.1", "<b>.1", "a.1.2.3.x", "a.9223372036854775808", "a.1_0", "a.0x1", "a.\xff",
		strings.Repeat("a", 33) + ".1", "a." + strings.Repeat("1", maxCursor),
	} {
		_, ok := ParseCursor(text)
		require.False(t, ok, "%q", text)
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add("a0.7")
	f.Add("a0.7.3.12.1")
	f.Add("a.1.0.0.0")
	f.Fuzz(func(t *testing.T, text string) {
		cursor, ok := ParseCursor(text)
		if !ok {
			return
		}
		again, ok := ParseCursor(cursor.String())
		require.True(t, ok)
		require.Equal(t, cursor, again)
	})
}
