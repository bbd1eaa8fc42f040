package text_test

import (
	"fmt"
	"testing"
	"time"

	"dchat/app/text"

	"github.com/stretchr/testify/require"
)

func TestWaitsInWords(t *testing.T) {
	for wait, words := range map[time.Duration]string{
		0: "a second", time.Millisecond: "a second", time.Second: "a second", 1500 * time.Millisecond: "2 seconds", 90 * time.Second: "90 seconds",
		91 * time.Second: "2 minutes", 5 * time.Minute: "5 minutes", time.Hour: "60 minutes", 119 * time.Minute: "119 minutes", 3 * time.Hour: "3 hours",
		24 * time.Hour: "24 hours", 24*time.Hour - time.Minute: "24 hours", 48*time.Hour + 1: "3 days", 7 * 24 * time.Hour: "7 days", 7*24*time.Hour - 1: "7 days",
	} {
		require.Equal(t, words, text.Duration(wait), fmt.Sprint(wait))
	}
}
