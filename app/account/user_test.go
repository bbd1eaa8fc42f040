package account_test

import (
	"testing"

	"dchat/app/account"

	"github.com/stretchr/testify/require"
)

func TestInitials(t *testing.T) {
	for name, initials := range map[string]string{
		"Aiko Nakamura": "AN", "mum": "MU", "Ana María del Carmen": "AC", "x": "X", "王": "王", "김민": "김민", "🦊": "FF", "élan-vital": "ÉV", "": "FF",
	} {
		user := &account.User{Username: "fire_fox", DisplayName: name}
		require.Equal(t, initials, user.Initials(), name)
	}
	require.Equal(t, "?", (&account.User{Username: "....", DisplayName: "🦊"}).Initials())
}

func TestInitialsAreGraphemes(t *testing.T) {
	for name, want := range map[string]string{
		"नेपाल":          "नेपा",
		"नेपाल सिंह":     "नेसिं",
		"e\u0301va":      "E\u0301V",
		"می\u200cخواهم":  "می\u200c",
		"👩‍👩‍👦 Ann Bell": "AB",
		"❤️ 1️⃣":         "1️⃣",
		"❤️ 😀":           "X",
	} {
		require.Equal(t, want, (&account.User{DisplayName: name, Username: "x"}).Initials(), name)
	}
}
