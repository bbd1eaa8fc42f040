package broadcast_test

import (
	"fmt"
	"strings"
	"testing"

	"dchat/app/account"
	"dchat/app/live"

	"github.com/stretchr/testify/require"
)

// crowd gives a person so many contacts.
func (r *room) crowd(ann *account.User, contacts int) []*account.User {
	people := make([]*account.User, contacts)
	for i := range people {
		people[i] = r.person(fmt.Sprintf("contact%03d", i))
		r.contacts(ann, people[i])
	}
	return people
}

// A long catch-up comes in frames of a bounded size, and a page that got only some of them goes on from
// there: nothing is missing, however often it breaks off.
func TestLongCatchUpIsSplit(t *testing.T) {
	r := newRoom(t)
	ann := r.person("anna")
	people := r.crowd(ann, 150)
	for name, cursor := range map[string]live.Cursor{
		"of another epoch": {Epoch: "def456", Version: 9999},
		"far behind":       {Epoch: epoch, Version: 0},
	} {
		frames := r.catchUps(ann, cursor)
		require.Greater(t, len(frames), 2, name)
		size := 0
		for _, f := range frames {
			require.Less(t, len(f.Body), 64<<10, name)
			size += len(f.Body)
		}
		require.Less(t, size/len(people), 1000, "bytes of an entry, %s", name)

		rows, at := map[string]bool{}, cursor
		for range 100 {
			next := r.catchUps(ann, at)
			for _, row := range parse(t, next[0]).Find(`[hx-target="#chats"] a.row`).EachIter() {
				rows[row.AttrOr("id", "")] = true
			}
			require.GreaterOrEqual(t, next[0].To, at.Version*btoi(at.Epoch == epoch), name)
			at = live.Cursor{Epoch: epoch, Version: next[0].To}
			if len(next) == 1 {
				break
			}
		}
		require.Equal(t, r.version(ann), at.Version, name)
		require.Len(t, rows, len(people), name)
	}
}

func btoi(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// Long messages that an open log misses come in pieces too, and a full log is no longer than a piece.
func TestLongMessagesAreSplit(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	r.contacts(ann, bob)
	first := r.say(bob, ann, "first")
	at := live.Cursor{Epoch: epoch, Version: r.version(ann), Conversation: first.ConversationID, Rev: first.Rev, Gen: 1}
	for range 20 {
		r.say(bob, ann, strings.Repeat("long ", 1900))
	}
	frames := r.catchUps(ann, at)
	require.Greater(t, len(frames), 3)
	rows := 0
	for _, f := range frames {
		require.Less(t, len(f.Body), 64<<10)
		rows += parse(t, f).Find("article.msg").Length()
		require.Equal(t, first.Rev+int64(rows), f.Marks[0].Rev)
	}
	require.Equal(t, 20, rows)
	require.Equal(t, r.version(ann), frames[len(frames)-1].To)

	fresh := r.catchUp(ann, live.Cursor{Epoch: "def456", Conversation: first.ConversationID, Rev: 1, Gen: 1})
	require.Less(t, len(fresh.Body), 100<<10)
	log := part(t, fresh, "#messages-1")
	require.Less(t, log.Find("article.msg").Length(), 20)
	require.Contains(t, log.Find(".older").AttrOr("hx-get", ""), "before=", "the rest can be paged in")
}
