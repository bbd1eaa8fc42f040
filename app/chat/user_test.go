package chat_test

import (
	"testing"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

func TestInitials(t *testing.T) {
	for name, initials := range map[string]string{
		"Aiko Nakamura": "AN", "mum": "MU", "Ana María del Carmen": "AC", "x": "X", "王": "王", "김민": "김민", "🦊": "FF", "élan-vital": "ÉV", "": "FF",
	} {
		user := &chat.User{Username: "fire_fox", DisplayName: name}
		require.Equal(t, initials, user.Initials(), name)
	}
	require.Equal(t, "?", (&chat.User{Username: "....", DisplayName: "🦊"}).Initials())
}
