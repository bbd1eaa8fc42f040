package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRowTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	now := time.Date(2026, 3, 29, 12, 0, 0, 0, berlin) // a day of 23 hours
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{now, "12:00"},
		{now.Add(time.Minute), "12:01"},
		{time.Date(2026, 3, 29, 0, 1, 0, 0, berlin), "00:01"},
		{time.Date(2026, 3, 28, 23, 59, 0, 0, berlin), "Yesterday"},
		{time.Date(2026, 3, 28, 0, 0, 0, 0, berlin), "Yesterday"},
		{time.Date(2026, 3, 23, 9, 0, 0, 0, berlin), "Mon"},
		{time.Date(2026, 3, 22, 9, 0, 0, 0, berlin), "22 Mar"},
		{time.Date(2025, 11, 3, 9, 0, 0, 0, berlin), "3 Nov 2025"},
		{time.Time{}, ""},
	} {
		require.Equal(t, c.want, rowTime(c.at, now, berlin), c.at)
	}
}

func TestDayLabel(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	require.Equal(t, "Thursday 1 January", dayLabel(now.AddDate(0, 0, -1), now, time.UTC))
	require.Equal(t, "Wednesday 31 December 2025", dayLabel(now.AddDate(0, 0, -2), now, time.UTC))
}
