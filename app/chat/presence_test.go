package chat_test

import (
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

// presence is what a person may know of the other's doings.
func (f *fixture) presence(u, other *account.User, conversation int64) (chat.Presence, bool) {
	f.T.Helper()
	v := chat.View{ConversationID: conversation, UserID: u.ID}
	found, err := f.Presences(f.Ctx, []chat.View{v, {ConversationID: conversation, UserID: 1 << 40}, {ConversationID: 1 << 40, UserID: u.ID}})
	require.NoError(f.T, err)
	p, ok := found[v]
	require.True(f.T, !ok || p.OtherID == other.ID)
	require.Equal(f.T, ok, len(found) == 1)
	return p, ok
}

func TestPresenceIsForContacts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		id := f.Between(ann, bob).ConversationID
		p, ok := f.presence(ann, bob, id)
		require.True(t, ok && p.Typing && p.Online)
		require.Equal(t, ann.DisplayName, p.Name)

		for _, switched := range []struct{ column, who string }{{"show_typing", "anna"}, {"show_typing", "bobby"}, {"show_online", "anna"}, {"show_online", "bobby"}} {
			f.Exec("UPDATE users SET "+switched.column+" = false WHERE username = ?", switched.who)
			for _, turn := range [][2]*account.User{{ann, bob}, {bob, ann}} {
				p, ok := f.presence(turn[0], turn[1], id)
				require.True(t, ok)
				require.Equal(t, switched.column != "show_typing", p.Typing, "a person who switches it off does not see it of others either")
				require.Equal(t, switched.column != "show_online", p.Online)
			}
			f.Exec("UPDATE users SET " + switched.column + " = true")
		}

		_, err := f.Block(f.Ctx, bob, ann)
		require.NoError(t, err)
		for _, turn := range [][2]*account.User{{ann, bob}, {bob, ann}} {
			_, ok := f.presence(turn[0], turn[1], id)
			require.False(t, ok, "never through a block")
		}
		_, err = f.Unblock(f.Ctx, bob, ann)
		require.NoError(t, err)
		_, ok = f.presence(ann, bob, id)
		require.True(t, ok)
		_, err = f.Remove(f.Ctx, ann, bob)
		require.NoError(t, err)
		_, ok = f.presence(bob, ann, id)
		require.False(t, ok)
	})
}

func TestLastSeen(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		id := f.Between(ann, bob).ConversationID
		f.Changes()
		at := time.Date(2026, 11, 28, 12, 30, 45, 0, time.UTC)
		set := func(seen map[int64]time.Time) {
			require.NoError(t, f.SetSeen(f.Ctx, seen))
		}
		seen := func() time.Time {
			p, _ := f.presence(bob, ann, id)
			return p.OtherSeenAt.UTC()
		}
		set(map[int64]time.Time{ann.ID: at, 1 << 40: at})
		require.Equal(t, at.Truncate(time.Minute), seen(), "to the minute")
		set(map[int64]time.Time{ann.ID: at.Add(-time.Hour)})
		require.Equal(t, at.Truncate(time.Minute), seen(), "another node may be late")
		f.Exec("UPDATE users SET show_online = false WHERE id = ?", ann.ID)
		set(map[int64]time.Time{ann.ID: at.Add(time.Hour)})
		require.Equal(t, at.Truncate(time.Minute), seen(), "what is not shown is not stored")
		require.Empty(t, f.Changes())
		require.NoError(t, f.SetSeen(f.Ctx, nil))
	})
}
