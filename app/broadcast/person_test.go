package broadcast_test

import (
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/live"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// act makes sure that something was done.
func (r *room) act(_ chat.Entry, err error) {
	r.t.Helper()
	require.NoError(r.t, err)
}

// during returns the frames that do causes, by user. A frame of a separate user marks their end.
func (r *room) during(do func()) map[int64]live.Fragment {
	r.t.Helper()
	if r.end == nil {
		r.end = r.person("the-end")
	}
	do()
	_, err := r.OpenSession(r.ctx, r.end, "")
	require.NoError(r.t, err)
	frames := map[int64]live.Fragment{}
	for {
		f := r.next()
		if f.User == r.end.ID {
			return frames
		}
		require.NotContains(r.t, frames, f.User, "one frame each")
		frames[f.User] = f
	}
}

// part is what a frame brings to a place of the page, nil if nothing.
func part(t *testing.T, f live.Fragment, target string) *goquery.Selection {
	t.Helper()
	found := parse(t, f).Find("hx-partial, hx-upsert").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.AttrOr("hx-target", "") == target })
	require.LessOrEqual(t, found.Length(), 1, target)
	if found.Length() == 0 {
		return nil
	}
	return found
}

func (r *room) rename(u *account.User, name, picture string) {
	r.t.Helper()
	_, err := r.SetProfile(r.ctx, u, name, &picture)
	require.NoError(r.t, err)
}

func TestProfileChangeReachesContacts(t *testing.T) {
	r := newRoom(t)
	ann, bob, cyd, dan, eve := r.person("anna"), r.person("bobby"), r.person("cydney"), r.person("daniel"), r.person("evelyn")
	r.contacts(ann, bob)
	r.contacts(ann, cyd)
	r.during(func() { r.act(r.Block(r.ctx, ann, cyd)) })
	r.during(func() { r.act(r.SendRequest(r.ctx, ann, dan)) })
	frames := r.during(func() { r.rename(ann, "Anna <b>K</b>", "portrait") })
	require.Len(t, frames, 3, "not to the blocked, not to strangers such as %s", eve.Username)
	header := `#pane[data-with="1"] > header .who > .name`

	mine := frames[ann.ID]
	require.Contains(t, part(t, mine, "#me").Find("img").AttrOr("src", ""), "?for=1")
	require.Contains(t, part(t, mine, "#portrait-1").Text(), "Anna <b>K</b>")
	require.Equal(t, 1, parse(t, mine).Find(`[hx-get^="/settings"]`).Length(), "sessions and address reload")
	require.Nil(t, part(t, mine, header))
	require.Nil(t, part(t, mine, "#chats"))

	for viewer, place := range map[*account.User]string{bob: "#chats", dan: "#requests"} {
		theirs := frames[viewer.ID]
		require.NotNil(t, part(t, theirs, place))
		require.Contains(t, part(t, theirs, place).Text(), "Anna <b>K</b>")
		require.Contains(t, part(t, theirs, header).Text(), "Anna <b>K</b>")
		require.Contains(t, part(t, theirs, "#portrait-1").Text(), "Anna <b>K</b>")
		require.Nil(t, part(t, theirs, "#me"), "only the user gets this part")
		require.NotContains(t, string(theirs.Body), "/settings")
		body := string(theirs.Body)
		require.NotContains(t, body, "anna@example.org")
		require.NotContains(t, body, "<b>K</b>")
		require.Contains(t, body, "/files/portrait.")
		require.NotContains(t, body, "?for=1\"", "file addresses are signed for the viewer")
	}
}

func TestRequestCountReachesRecipient(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	counts := func(frames map[int64]live.Fragment, anns, bobs string) {
		t.Helper()
		for viewer, want := range map[*account.User]string{ann: anns, bob: bobs} {
			f, sent := frames[viewer.ID]
			if want == "" {
				require.False(t, sent, viewer.Username)
				continue
			}
			require.Equal(t, want, part(t, f, "#requests-count").Text(), viewer.Username)
		}
	}
	counts(r.during(func() { r.act(r.SendRequest(r.ctx, ann, bob)) }), "0", "1")
	counts(r.during(func() { r.act(r.Block(r.ctx, bob, ann)) }), "", "0")
	counts(r.during(func() { r.act(r.Cancel(r.ctx, ann, bob)) }), "0", "")
	counts(r.during(func() { r.act(r.SendRequest(r.ctx, ann, bob)) }), "0", "")
	f := r.catchUp(bob, live.Cursor{Epoch: "another", Version: 1})
	require.Equal(t, "0", part(t, f, "#requests-count").Text())
	counts(r.during(func() { r.act(r.Unblock(r.ctx, bob, ann)) }), "", "0")
}

func TestSessionChangeReachesOnlyItsUser(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	r.contacts(ann, bob)
	frames := r.during(func() {
		_, err := r.OpenSession(r.ctx, ann, "Firefox")
		require.NoError(t, err)
	})
	require.Len(t, frames, 1)
	require.Equal(t, 1, parse(t, frames[ann.ID]).Find(`[hx-get^="/settings"]`).Length())
	require.Empty(t, frames[ann.ID].Marks)
	require.Equal(t, frames[ann.ID].From+1, frames[ann.ID].To)
}

// Another node has changed a name, its frame is lost, and this node has read the person just before.
func TestCatchUpReadsUsersPastTheCache(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	r.contacts(ann, bob)
	at := map[*account.User]int64{ann: r.version(ann), bob: r.version(bob)}
	for u := range at {
		_, err := r.UserByID(r.ctx, u.ID) // memory has both of them now
		require.NoError(t, err)
	}
	other := r.open(func([]chat.Change) {})
	_, err := other.SetProfile(r.ctx, ann, "Anna Karenina", nil)
	require.NoError(t, err)
	remembered, err := r.UserByID(r.ctx, ann.ID)
	require.NoError(t, err)
	require.Equal(t, "anna", remembered.DisplayName, "the premise")

	f := r.catchUp(ann, live.Cursor{Epoch: epoch, Version: at[ann]})
	require.Equal(t, at[ann]+1, f.To)
	require.Contains(t, part(t, f, "#portrait-1").Text(), "Anna Karenina")
	require.NotNil(t, part(t, f, "#me"))
	f = r.catchUp(bob, live.Cursor{Epoch: epoch, Version: at[bob]})
	require.Nil(t, part(t, f, "#me"))
	require.Contains(t, part(t, f, `#pane[data-with="1"] > header .who > .name`).Text(), "Anna Karenina")
	require.Contains(t, part(t, f, "#chats").Text(), "Anna Karenina")
	for _, u := range []*account.User{ann, bob} {
		require.Nil(t, part(t, r.catchUp(u, live.Cursor{Epoch: epoch, Version: at[u] + 1}), "#portrait-1"), "once is enough")
		require.NotNil(t, part(t, r.catchUp(u, live.Cursor{Epoch: "another", Version: 999}), "#me"), "a page that knows nothing gets it all")
	}
}

// A blocked user receives no changes of the blocker. The unblock sends them.
func TestUnblockSendsCurrentName(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	r.contacts(ann, bob)
	frames := r.during(func() { r.act(r.Block(r.ctx, bob, ann)) })
	blocked := frames[ann.ID]
	frames = r.during(func() { r.rename(bob, "Robert", "") })
	require.NotContains(t, frames, ann.ID)
	frames = r.during(func() { r.act(r.Unblock(r.ctx, bob, ann)) })
	require.Contains(t, part(t, frames[ann.ID], `#pane[data-with="2"] > header .who > .name`).Text(), "Robert")
	require.Contains(t, part(t, frames[ann.ID], "#chats").Text(), "Robert")
	r.rename(bob, "bobby", "")
	for range 2 {
		r.next()
	}
	frames = r.during(func() { r.act(r.Remove(r.ctx, bob, ann)) })
	require.Equal(t, string(frames[ann.ID].Body), string(blocked.Body), "a block looks like a removal, to the byte")
}

func TestDeletedAccountDisappearsFromOpenPages(t *testing.T) {
	r := newRoom(t)
	ann, bob, cyd := r.person("anna"), r.person("bobby"), r.person("cydney")
	r.contacts(ann, bob)
	r.during(func() { r.say(ann, bob, "hello") })
	r.during(func() { r.act(r.SendRequest(r.ctx, ann, cyd)) })
	frames := r.during(func() { require.NoError(t, r.DeleteAccount(r.ctx, ann, "mountain hut 47")) })
	require.Equal(t, "0", part(t, frames[cyd.ID], "#requests-count").Text())
	for _, viewer := range []*account.User{bob, cyd} {
		f := frames[viewer.ID]
		require.NotContains(t, string(f.Body), "@anna")
		require.NotContains(t, string(f.Body), "anna@example.org")
		require.Contains(t, part(t, f, `#pane[data-with="1"] > header .who > .name`).Text(), "Deleted account")
		footer := part(t, f, `#relation-1:not([data-state="gone"])`)
		require.Contains(t, footer.Text(), "deleted")
		require.Zero(t, footer.Find("form, textarea").Length())
		require.Zero(t, parse(t, f).Find(`[action$="/request"]`).Length(), "a deleted account takes no requests")
	}
	require.Contains(t, part(t, frames[bob.ID], "#chats").Text(), "Deleted account")
}

// A page with an old cursor gets the full state, but not the users who blocked its user.
func TestForgedCursorRevealsNoBlock(t *testing.T) {
	r := newRoom(t)
	ann, eve := r.person("anna"), r.person("evelyn")
	require.Empty(t, r.during(func() { r.act(r.Block(r.ctx, eve, ann)) })[ann.ID].Body)
	for _, c := range []live.Cursor{{Epoch: "another"}, {Epoch: epoch, Version: 999}, {Epoch: epoch, Version: 0, Conversation: 1}, {Epoch: "another", Conversation: 1, Rev: -1}} {
		f := r.catchUp(ann, c)
		require.NotContains(t, string(f.Body), "evelyn")
		require.Empty(t, f.Marks)
	}
	require.Contains(t, string(r.catchUp(eve, live.Cursor{Epoch: "another"}).Body), "anna", "the premise")
}
