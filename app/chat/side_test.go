package chat_test

import (
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func (f *fixture) mute(u, other *account.User, length time.Duration) chat.Entry {
	f.T.Helper()
	e, err := f.Mute(f.Ctx, u, other, length)
	require.NoError(f.T, err)
	return e
}

func (f *fixture) archive(u, other *account.User, on bool) chat.Entry {
	f.T.Helper()
	e, err := f.Archive(f.Ctx, u, other, on)
	require.NoError(f.T, err)
	return e
}

func (f *fixture) pin(u, other *account.User, on bool) chat.Entry {
	f.T.Helper()
	e, err := f.Pin(f.Ctx, u, other, on)
	require.NoError(f.T, err)
	return e
}

func (f *fixture) markUnread(u, other *account.User) chat.Entry {
	f.T.Helper()
	e, err := f.MarkUnread(f.Ctx, u, other)
	require.NoError(f.T, err)
	return e
}

// What one of two does with a conversation is theirs alone: the other's pages get nothing.
func TestSideIsOnesOwn(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Changes()
		before := f.Between(bob, ann)
		for name, act := range map[string]func() chat.Entry{
			"mute":    func() chat.Entry { return f.mute(ann, bob, time.Hour) },
			"pin":     func() chat.Entry { return f.pin(ann, bob, true) },
			"archive": func() chat.Entry { return f.archive(ann, bob, true) },
			"unread":  func() chat.Entry { return f.markUnread(ann, bob) },
		} {
			was := f.Between(ann, bob)
			e := act()
			require.Equal(t, was.Stamp+1, e.Stamp, name)
			changes := f.Changes()
			require.Equal(t, domain.IDs(ann), domain.Viewers(changes), name)
			require.Equal(t, name != "unread", changes[0].Items[0].NewSide, name)
			require.Equal(t, e.Stamp, changes[0].To, name)
		}
		require.Equal(t, before, f.Between(bob, ann))
		f.mute(ann, bob, chat.MuteAlways)
		f.Changes()
		f.mute(ann, bob, chat.MuteAlways)
		f.markUnread(ann, bob)
		require.Empty(t, f.Changes(), "nothing has changed")
	})
}

func TestMute(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		now := time.Now()
		e := f.mute(ann, bob, 8*time.Hour)
		require.True(t, e.Muted(now.Add(8*time.Hour-time.Minute)))
		require.False(t, e.Muted(now.Add(8*time.Hour+time.Minute)))
		e = f.mute(ann, bob, time.Hour)
		require.False(t, e.Muted(now.Add(2*time.Hour)), "the last choice counts")
		f.mute(ann, bob, chat.MuteAlways)
		e = f.Between(ann, bob)
		require.True(t, e.Muted(now.AddDate(1000, 0, 0)))
		e = f.mute(ann, bob, 0)
		require.False(t, e.Muted(now))
		_, err := f.Mute(f.Ctx, ann, bob, time.Minute)
		domain.WrongField(t, err, "for")
	})
}

func TestArchivedConversationComesBack(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "one")
		f.archive(ann, bob, true)
		require.True(t, f.Between(ann, bob).Archived)
		_, err := f.MarkRead(f.Ctx, bob, ann, 1)
		require.NoError(t, err)
		require.True(t, f.Between(ann, bob).Archived, "no message has come")
		f.Changes()
		f.Say(bob, ann, "two")
		require.False(t, f.Between(ann, bob).Archived)
		for _, c := range f.Changes() {
			require.Equal(t, c.Viewer.ID == ann.ID, c.Items[0].NewSide)
			require.False(t, c.Items[0].Entry.Archived)
		}

		f.mute(ann, bob, time.Hour)
		f.archive(ann, bob, true)
		f.Say(bob, ann, "three")
		require.True(t, f.Between(ann, bob).Archived, "muted")
		f.mute(ann, bob, 0)
		require.True(t, f.Between(ann, bob).Archived)
		f.Exec("UPDATE memberships SET muted_until = ?", time.Now().Add(-time.Minute).UTC())
		f.Say(ann, bob, "four")
		require.False(t, f.Between(ann, bob).Archived, "no longer muted; one's own message counts")
	})
}

func TestPinnedOrArchived(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		e := f.pin(ann, bob, true)
		require.True(t, e.Pinned && !e.Archived)
		delta, err := f.Delta(f.Ctx, ann, chat.Position{}, true)
		require.NoError(t, err)
		require.Equal(t, bob.ID, delta.Entries[0].Other.ID, "the pinned first, however old")
		e = f.archive(ann, bob, true)
		require.True(t, e.Archived && !e.Pinned)
		e = f.pin(ann, bob, true)
		require.True(t, e.Pinned && !e.Archived)
		e = f.pin(ann, bob, false)
		require.False(t, e.Pinned || e.Archived)
	})
}

func TestMarkedUnread(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(bob, ann, "one")
		f.Say(bob, ann, "two")
		read := func(seq int64) chat.Entry {
			e, err := f.MarkRead(f.Ctx, ann, bob, seq)
			require.NoError(t, err)
			return e
		}
		read(2)
		e := f.markUnread(ann, bob)
		require.True(t, e.MarkedUnread)
		require.EqualValues(t, 2, e.LastReadSeq, "what is read stays read")
		require.True(t, read(1).MarkedUnread, "a reading that comes late")
		require.False(t, read(2).MarkedUnread)
		f.markUnread(ann, bob)
		f.Say(bob, ann, "three")
		e = f.Between(ann, bob)
		require.True(t, e.MarkedUnread)
		require.EqualValues(t, 1, e.Unread())
		f.Say(ann, bob, "four")
		require.False(t, f.Between(ann, bob).MarkedUnread, "who answers has read")
	})
}

// A person who was blocked before anything was there learns nothing of it.
func TestSideOfAStranger(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		_, err := f.Block(f.Ctx, bob, ann)
		require.NoError(t, err)
		f.Changes()
		hidden, free := f.pin(ann, bob, true), f.pin(ann, cyd, true)
		hidden.Other, free.Other = nil, nil
		require.Equal(t, free, hidden)
		require.Empty(t, f.Changes())
		require.Zero(t, f.Count("SELECT count(*) FROM memberships WHERE pinned_at IS NOT NULL"))
	})
}
