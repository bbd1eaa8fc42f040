package chat_test

import (
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

// subscribed returns what a browser of a person is told of a conversation.
func (f *fixture) subscribed(u *account.User) func(conversation int64) *chat.Notification {
	session := f.NewSession(u)
	require.NoError(f.T, f.Subscribe(f.Ctx, session, "https://push.example.org/"+u.Username, "key", "auth"))
	return func(conversation int64) *chat.Notification {
		f.T.Helper()
		n, _, err := f.Notification(f.Ctx, chat.PushJob{ConversationID: conversation, SessionID: session.ID})
		require.NoError(f.T, err)
		return n
	}
}

func TestNotificationTellsWhatIsUnread(t *testing.T) {
	everywhere(t, func(f *fixture) {
		anna, bert, carl := f.User("anna"), f.User("bert"), f.User("carl")
		f.Contacts(anna, bert)
		f.Contacts(carl, bert)
		told := f.subscribed(bert)
		first := f.Say(anna, bert, "one").ConversationID
		f.Say(anna, bert, "two")
		second := f.Say(carl, bert, "three").ConversationID
		n := told(first)
		require.Equal(t, []any{anna.ID, int64(2), "two", int64(3)}, []any{n.Entry.Other.ID, n.Entry.Unread(), n.Entry.Last.Body, n.Total})
		require.ElementsMatch(t, []int64{first, second}, n.Unread)

		f.Say(bert, carl, "answered")
		require.Nil(t, told(second), "whose person has answered is looking")
		_, err := f.MarkRead(f.Ctx, bert, anna, 2)
		require.NoError(t, err)
		require.Nil(t, told(first))
	})
}

// Each of these is a reason to say nothing.
func TestNotificationIsNotWanted(t *testing.T) {
	everywhere(t, func(f *fixture) {
		reasons := map[string]func(anna, bert *account.User){
			"blocked":    func(anna, bert *account.User) { did(t)(f.Block(f.Ctx, bert, anna)) },
			"blocked by": func(anna, bert *account.User) { did(t)(f.Block(f.Ctx, anna, bert)) },
			"removed":    func(anna, bert *account.User) { did(t)(f.Remove(f.Ctx, bert, anna)) },
			"deleted": func(anna, bert *account.User) {
				e := f.Between(anna, bert)
				did(t)(f.Delete(f.Ctx, anna, bert, e.Seq))
			},
			"hidden": func(anna, bert *account.User) { did(t)(f.Hide(f.Ctx, bert, anna, f.Between(bert, anna).Seq)) },
			"quiet": func(_, bert *account.User) {
				require.NoError(t, f.SetNotifications(f.Ctx, bert, account.NotificationForm{QuietFrom: "00:00", QuietUntil: "23:59"}))
				f.Exec("UPDATE users SET quiet_until = 1440 WHERE id = ?", bert.ID) // also in the last minute of a day
			},
		}
		pairs := f.Users(domain.Numbered("person", 2*len(reasons))...)
		for name, happens := range reasons {
			anna, bert := pairs[0], pairs[1]
			pairs = pairs[2:]
			f.Contacts(anna, bert)
			told := f.subscribed(bert)
			conversation := f.Say(anna, bert, "hello").ConversationID
			require.NotNil(t, told(conversation), name)
			happens(anna, bert)
			require.Nil(t, told(conversation), name)
		}
	})
}

func did(t *testing.T) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		require.NoError(t, err)
	}
}

func TestArrivalsAreNewMessages(t *testing.T) {
	var got []chat.Arrival
	everywhere(t, func(f *fixture) {
		got = nil
		anna, bert := f.User("anna"), f.User("bert")
		f.Contacts(anna, bert)
		m := f.Say(anna, bert, "hello")
		require.Equal(t, []chat.Arrival{{m.ConversationID, bert.ID}}, got)
		_, err := f.Send(f.Ctx, anna, bert, m.Key, "hello")
		require.NoError(t, err)
		did(t)(f.SetTimer(f.Ctx, anna, bert, 24*time.Hour))
		did(t)(f.Delete(f.Ctx, anna, bert, m.Seq))
		require.Len(t, got, 1, "a repeated key, a notice, and what happens to a message are no arrivals")
	}, func(o *domain.Options) { o.Arrived = func(list []chat.Arrival) { got = append(got, list...) } })
}

func TestDigestIsDueOnce(t *testing.T) {
	everywhere(t, func(f *fixture) {
		anna, bert := f.User("anna"), f.User("bert")
		f.Contacts(anna, bert)
		f.Exec("UPDATE users SET verified_at = created_at WHERE id = ?", bert.ID)
		due := func() []int64 {
			ids, err := f.DueDigests(f.Ctx)
			require.NoError(t, err)
			return ids
		}
		age := func(by time.Duration) {
			f.Exec("UPDATE messages SET created_at = ?", time.Now().UTC().Add(-by))
			f.Exec("UPDATE users SET digested_at = ? WHERE id = ?", time.Now().UTC().Add(-24*time.Hour), bert.ID)
		}
		f.Say(anna, bert, "hello")
		age(5 * time.Hour)
		require.Empty(t, due(), "it is off")
		require.NoError(t, f.SetNotifications(f.Ctx, bert, account.NotificationForm{Digest: 4}))
		require.Empty(t, due(), "messages from before it was switched on do not count")
		age(3 * time.Hour)
		require.Empty(t, due(), "too early")
		age(5 * time.Hour)
		require.Equal(t, []int64{bert.ID}, due())

		d, err := f.Digest(f.Ctx, bert.ID)
		require.NoError(t, err)
		require.Len(t, d.Entries, 1)
		require.Equal(t, int64(1), d.Entries[0].Unread())
		require.NoError(t, f.Digested(f.Ctx, bert.ID, d.At))
		require.Empty(t, due(), "once")

		age(5 * time.Hour)
		did(t)(f.Block(f.Ctx, bert, anna))
		d, err = f.Digest(f.Ctx, bert.ID)
		require.NoError(t, err)
		require.Nil(t, d)
		did(t)(f.Unblock(f.Ctx, bert, anna))
		f.Exec("UPDATE users SET verified_at = NULL WHERE id = ?", bert.ID)
		require.Empty(t, due(), "the address is not confirmed")
		d, err = f.Digest(f.Ctx, bert.ID)
		require.NoError(t, err)
		require.Nil(t, d)
		f.Exec("UPDATE users SET verified_at = created_at WHERE id = ?", bert.ID)
		did(t)(f.MarkRead(f.Ctx, bert, anna, 1))
		require.Empty(t, due(), "it was read")
		d, err = f.Digest(f.Ctx, bert.ID)
		require.NoError(t, err)
		require.Nil(t, d)
	})
}
