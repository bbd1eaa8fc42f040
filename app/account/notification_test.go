package account_test

import (
	"testing"
	"time"

	"dchat/app/account"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func TestQuietHours(t *testing.T) {
	at := func(clock string) time.Time {
		moment, err := time.Parse(time.RFC3339, "2026-07-01T"+clock+":00Z")
		require.NoError(t, err)
		return moment
	}
	night := account.Notifications{QuietFrom: 22 * 60, QuietUntil: 7 * 60, QuietZone: "Europe/Berlin"} // 20:00 to 05:00 in UTC
	noon := account.Notifications{QuietFrom: 12 * 60, QuietUntil: 13*60 + 30}
	never := account.Notifications{}
	for clock, quiet := range map[string][2]bool{
		"19:59": {false, false}, "20:00": {true, false}, "23:59": {true, false}, "00:00": {true, false}, "04:59": {true, false}, "05:00": {false, false},
		"11:59": {false, false}, "12:00": {false, true}, "13:29": {false, true}, "13:30": {false, false},
	} {
		require.Equal(t, quiet, [2]bool{night.Quiet(at(clock)), noon.Quiet(at(clock))}, clock)
		require.False(t, never.Quiet(at(clock)))
	}
}

func TestNotificationSettings(t *testing.T) {
	everywhere(t, func(f *fixture) {
		u := f.User("anna")
		require.Equal(t, account.DefaultNotifications, f.Row(u).Notifications)
		require.NoError(t, f.SetZone(f.Ctx, u, "Europe/Berlin"))
		u = f.Row(u)
		want := account.NotificationForm{Sound: false, PushText: false, QuietFrom: "22:00", QuietUntil: "07:15", Digest: 4}
		require.NoError(t, f.SetNotifications(f.Ctx, u, want))
		row := f.Row(u)
		require.Equal(t, account.Notifications{QuietFrom: 1320, QuietUntil: 435, QuietZone: "Europe/Berlin", DigestHours: 4}, row.Notifications)
		require.Equal(t, want, row.Form())
		require.WithinDuration(t, time.Now(), row.DigestedAt, time.Minute, "earlier messages are in no digest")

		for field, form := range map[string]account.NotificationForm{
			"quiet_from": {QuietUntil: "07:00"}, "quiet_until": {QuietFrom: "22:00"}, "digest": {Digest: 5},
		} {
			domain.WrongField(t, f.SetNotifications(f.Ctx, u, form), field)
		}
		for _, wrong := range []string{"24:00", "7", "nonsense", "12:60", "-1:00"} {
			domain.WrongField(t, f.SetNotifications(f.Ctx, u, account.NotificationForm{QuietFrom: wrong, QuietUntil: "07:00"}), "quiet_from")
		}
		require.Equal(t, row.Notifications, f.Row(u).Notifications)
		require.NoError(t, f.SetNotifications(f.Ctx, u, account.NotificationForm{Sound: true, PushText: true}))
		require.Equal(t, account.DefaultNotifications, f.Row(u).Notifications)
	})
}

func TestDigestLinkSwitchesItOff(t *testing.T) {
	everywhere(t, func(f *fixture) {
		u := f.User("anna")
		require.NoError(t, f.SetNotifications(f.Ctx, u, account.NotificationForm{Sound: true, Digest: 4}))
		token := f.DigestToken(f.Row(u))
		for range 2 { // mail programs may repeat it
			require.NoError(t, f.StopDigest(f.Ctx, token))
			require.Zero(t, f.Row(u).DigestHours)
			require.True(t, f.Row(u).Sound, "the other settings stay")
		}
		for _, wrong := range []string{"", "nonsense", f.TokenUntil("verify", f.Row(u), time.Now().Add(time.Hour)), f.TokenUntil("digest", f.Row(u), time.Now().Add(-time.Hour))} {
			require.Error(t, f.StopDigest(f.Ctx, wrong), wrong)
		}
	})
}
