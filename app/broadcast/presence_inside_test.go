package broadcast

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"dchat/app/chat"
	"dchat/app/live"
	"dchat/views"

	"github.com/stretchr/testify/require"
)

// presenceFixture counts what a Presence asks of the database.
type presenceFixture struct {
	*Presence
	asked [][]chat.View
	seen  []map[int64]time.Time
	fails error
}

func newPresenceFixture(t *testing.T) *presenceFixture {
	f := &presenceFixture{}
	f.Presence = NewPresence(PresenceOptions{
		Hub: live.NewHub(live.NewMemoryBroker(), live.Options{}), Log: slog.New(slog.DiscardHandler),
		Presences: func(_ context.Context, list []chat.View) (map[chat.View]chat.Presence, error) {
			f.asked = append(f.asked, list)
			found := map[chat.View]chat.Presence{}
			for _, v := range list {
				found[v] = chat.Presence{ConversationID: v.ConversationID, UserID: v.UserID, OtherID: v.UserID + 1, Name: "anna", Typing: true, Online: true}
			}
			return found, f.fails
		},
		SetSeen: func(_ context.Context, seen map[int64]time.Time) error {
			f.seen = append(f.seen, seen)
			return nil
		},
	})
	t.Cleanup(f.stop)
	return f
}

// However many type, what is not in memory is read in one statement, and what is older than a second is read again.
func TestPresenceAsksForAllTogether(t *testing.T) {
	f := newPresenceFixture(t)
	for n := range int64(3000) {
		f.Sign(2*n, live.Sign{Kind: live.Typing, Conversation: n + 1})
	}
	list := f.collect(t.Context(), <-f.signs)
	require.Len(t, list, 3000)
	require.NoError(t, f.answer(t.Context(), list))
	require.NoError(t, f.answer(t.Context(), list))
	require.Len(t, f.asked, 1)
	require.Len(t, f.asked[0], 3000)
	for v, m := range f.known {
		m.at = m.at.Add(-memoryLife)
		f.known[v] = m
	}
	require.NoError(t, f.answer(t.Context(), list[:1]))
	require.Len(t, f.asked, 2)
	require.Len(t, f.asked[1], 1)
	require.Len(t, f.known, 1, "nothing older is kept")

	f.fails = errors.New("down")
	require.Error(t, f.answer(t.Context(), list[1:2]), "without the database nothing passes")
}

func TestSignsNeverBlock(t *testing.T) {
	f := newPresenceFixture(t)
	for range 2 * signsWaiting {
		f.Sign(1, live.Sign{Kind: live.Typing, Conversation: 1})
	}
	require.Len(t, f.signs, signsWaiting)
}

func TestPresenceState(t *testing.T) {
	f := newPresenceFixture(t)
	now := time.Date(2026, 11, 28, 12, 30, 45, 0, time.UTC)
	earlier := now.Add(-time.Hour).Truncate(time.Minute)
	known := chat.Presence{Online: true, OtherSeenAt: earlier}
	require.Equal(t, views.Presence{Online: true}, f.state(known, now.Add(-time.Minute), now))
	require.Equal(t, views.Presence{SeenAt: now.Add(-90 * time.Second).Truncate(time.Minute)}, f.state(known, now.Add(-90*time.Second), now))
	require.Equal(t, views.Presence{SeenAt: earlier}, f.state(known, time.Time{}, now))
	known.Online = false
	require.Equal(t, views.Presence{}, f.state(known, now, now), "not shown")
}

// Who leaves is stored at once, who stays now and then.
func TestLastSeenIsStoredSeldom(t *testing.T) {
	f := newPresenceFixture(t)
	now := time.Now()
	round := func(at time.Time, here ...int64) {
		seen := map[int64]time.Time{}
		for _, user := range here {
			seen[user] = at
		}
		require.NoError(t, f.store(t.Context(), seen, at))
		f.present = seen
	}
	round(now, 1, 2)
	for n := range 20 {
		round(now.Add(time.Duration(n)*20*time.Second), 1, 2)
	}
	require.Empty(t, f.seen)
	left := now.Add(19 * 20 * time.Second)
	round(now.Add(7*time.Minute), 2)
	require.Equal(t, []map[int64]time.Time{{1: left}}, f.seen)
	round(now.Add(11*time.Minute), 2)
	require.Equal(t, map[int64]time.Time{2: now.Add(11 * time.Minute)}, f.seen[1])
	go f.Run()
	f.Close()
	require.Equal(t, map[int64]time.Time{2: now.Add(11 * time.Minute)}, f.seen[2], "the node ends")
}

// The surviving nodes store when those were last there whose node has died, once for all watchers.
func TestLastSeenSurvivesADeadNode(t *testing.T) {
	f := newPresenceFixture(t)
	seen := time.Now().Add(-90 * time.Second)
	require.NoError(t, f.Hub.Refresh(t.Context(), map[int64]time.Time{2: seen, 3: time.Now()}))
	gone, there := live.View{User: 1, Conversation: 7}, live.View{User: 2, Conversation: 8}
	known := map[live.View]chat.Presence{gone: {OtherID: 2, Online: true}, there: {OtherID: 3, Online: true}}
	require.NoError(t, f.tell(t.Context(), known, false))
	require.Equal(t, []map[int64]time.Time{{2: seen.Truncate(time.Minute)}}, f.seen)
	require.Equal(t, shown{key: "online"}, f.shown[there])
	known[gone] = chat.Presence{OtherID: 2, Online: true, OtherSeenAt: seen.Truncate(time.Minute)}
	require.NoError(t, f.tell(t.Context(), known, false))
	require.Len(t, f.seen, 1)
}

// A round of many pages answers signs in between.
func TestRoundAnswersSignsMeanwhile(t *testing.T) {
	f := newPresenceFixture(t)
	pieces := 0
	f.Presences = func(_ context.Context, list []chat.View) (map[chat.View]chat.Presence, error) {
		pieces++
		return nil, nil
	}
	f.Sign(1, live.Sign{Kind: live.Typing, Conversation: 1})
	f.answerWaiting(t.Context())
	require.Empty(t, f.signs)
	require.Equal(t, 1, pieces)
	f.answerWaiting(t.Context())
	require.Equal(t, 1, pieces, "nothing waits")
}

// What pages of a known pair say costs no statement: neither typing nor being there.
func TestSignsOfAKnownPairCostNoStatement(t *testing.T) {
	f := newPresenceFixture(t)
	var list []sign
	for _, kind := range []live.SignKind{live.Typing, live.Typed, live.Visible, live.Hidden} {
		s := sign{user: 1, Sign: live.Sign{Kind: kind}}
		if kind != live.Visible && kind != live.Hidden {
			s.Conversation = 7
		}
		list = append(list, s)
	}
	for range 200 {
		require.NoError(t, f.answer(t.Context(), list))
		for v, m := range f.known { // as if all came within the second
			m.at = time.Now()
			f.known[v] = m
		}
	}
	require.Equal(t, [][]chat.View{{{ConversationID: 7, UserID: 1}, {ConversationID: 7, UserID: 1}}}, f.asked)
	require.Empty(t, f.seen)
}

// A page that opens a conversation is not answered from memory: the other may have blocked its person meanwhile.
func TestOpenedConversationIsLookedUp(t *testing.T) {
	f := newPresenceFixture(t)
	require.NoError(t, f.answer(t.Context(), []sign{{1, live.Sign{Kind: live.Typing, Conversation: 7}}}))
	require.NoError(t, f.answer(t.Context(), []sign{{1, live.Sign{Kind: live.Open, Conversation: 7}}}))
	require.Len(t, f.asked, 2)
}
