package broadcast_test

import (
	"testing"
	"time"

	"dchat/app/live"

	"github.com/stretchr/testify/require"
)

// What one does with a conversation reaches one's own pages, live and by a catch-up, and none of the other's.
func TestSideReachesOnesOwnPages(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	r.contacts(ann, bob)
	before, theirs := r.version(ann), r.version(bob)
	_, err := r.Archive(r.ctx, ann, bob, true)
	require.NoError(t, err)
	f := r.next()
	require.Equal(t, ann.ID, f.User)
	require.Equal(t, 1, parse(t, f).Find(`[hx-target="#archived"] a.row`).Length())
	require.Contains(t, string(f.Body), "Unarchive")

	missed := r.catchUp(ann, live.Cursor{Epoch: epoch, Version: before})
	require.Equal(t, 1, parse(t, missed).Find(`[hx-target="#archived"] a.row`).Length())
	require.Contains(t, string(missed.Body), "Unarchive", "a pane without a conversation in the cursor has the menu as well")

	r.say(bob, ann, "hello")
	for range 2 {
		f := r.next()
		require.Equal(t, f.User == ann.ID, parse(t, f).Find(`[hx-target$="#side"]`).Length() == 1, "it has come back from the archive")
		require.Equal(t, 1, parse(t, f).Find(`[hx-target="#chats"] a.row`).Length())
	}
	require.Equal(t, theirs+1, r.version(bob))

	_, err = r.Mute(r.ctx, ann, bob, time.Hour)
	require.NoError(t, err)
	r.next()
	_, err = r.MarkUnread(r.ctx, ann, bob)
	require.NoError(t, err)
	r.next()
	all := r.catchUp(ann, live.Cursor{Epoch: "def456"})
	require.Equal(t, 1, parse(t, all).Find(`[hx-target="#chats"] a.row[data-muted] .badge`).Length())
}

// A pane may have been rendered after the notice of a timer while its page gets an earlier one, late. So what is caught up
// includes the timer also where the notice is not among it.
func TestCatchUpHasTheTimerOfAnOlderPage(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	r.contacts(ann, bob)
	at := live.Cursor{Epoch: epoch, Version: r.version(ann), Gen: 1}
	e, err := r.SetTimer(r.ctx, bob, ann, 24*time.Hour)
	require.NoError(t, err)
	at.Conversation, at.Rev = e.ConversationID, e.Rev
	menu := part(t, r.catchUp(ann, at), `#pane[data-with="2"] #timer`)
	require.NotNil(t, menu)
	require.Equal(t, "1d", menu.Find("form:has([aria-pressed=true]) [name=after]").AttrOr("value", ""))
}
