package chat_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// plainCount is how many messages a person has not seen and can still see, counted one by one.
func (f *fixture) plainCount(viewer, other *account.User) int64 {
	e := f.Between(viewer, other)
	return int64(f.Count(`SELECT count(*) FROM messages AS m WHERE conversation_id = ? AND seq > ? AND sender_id <> ? AND deleted_at IS NULL
		AND (expires_at IS NULL OR expires_at > ?) AND NOT EXISTS (SELECT 1 FROM message_marks AS k
			WHERE k.user_id = ? AND k.conversation_id = m.conversation_id AND k.seq = m.seq AND k.hidden)`,
		e.ConversationID, e.LastReadSeq, viewer.ID, time.Now().UTC(), viewer.ID))
}

// Whatever happens to messages, the unread counts are those of a plain count, in what is announced and in what is read.
func TestUnreadEqualsThePlainCount(t *testing.T) {
	everywhere(t, func(f *fixture) {
		people := f.Users("anna", "bobby")
		f.Contacts(people[0], people[1])
		random := rand.New(rand.NewPCG(7, 13))
		var last int64
		steps := 250
		if f.DB.Postgres() {
			steps = 100
		}
		f.Changes()
		for step := range steps {
			from := random.IntN(2)
			me, other := people[from], people[1-from]
			seq := max(1, last-random.Int64N(10))
			var err error
			what := random.IntN(9)
			switch what {
			case 0, 1, 2, 3:
				_, err = f.SendMessage(f.Ctx, me, other, chat.Outgoing{Key: uuid.New(), Body: "x", Read: last - random.Int64N(3)})
				last++
			case 4:
				_, err = f.MarkRead(f.Ctx, me, other, seq)
			case 5:
				_, err = f.Delete(f.Ctx, me, other, seq)
			case 6, 7:
				_, err = f.Hide(f.Ctx, me, other, seq)
			case 8: // as sending with a timer
				at := time.Now().Add(time.Duration(random.IntN(2)*2-1) * time.Hour).UTC()
				f.Exec("UPDATE messages SET expires_at = ? WHERE seq = ?", at, seq)
				f.Exec("UPDATE memberships SET gone_seq = ? WHERE gone_seq < ?", seq, seq)
			}
			if code := errs.CodeOf(err); err != nil {
				require.Contains(t, []errs.Code{errs.Refused, errs.NotFound}, code, "%v", err)
			}
			announced := map[int64]int64{}
			for _, c := range sortedChanges(f.Changes()) {
				announced[c.Viewer.ID] = c.Items[0].Entry.Unread()
			}
			for i, u := range people {
				want := f.plainCount(u, people[1-i])
				require.Equal(t, want, domain.Ptr(f.Between(u, people[1-i])).Unread(), "step %d, %d", step, what)
				if n, ok := announced[u.ID]; ok {
					require.Equal(t, want, n, "step %d, %d: as announced", step, what)
				}
			}
		}
	})
}

// A person who deletes what the other has not read in a batch of messages announces the right number.
func TestBatchAnnouncesUnreadWithoutGone(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		for range 3 {
			f.Say(ann, bob, "x")
		}
		_, err := f.Delete(f.Ctx, ann, bob, 2)
		require.NoError(t, err)
		f.Changes()
		f.Say(ann, bob, "x")
		for _, c := range f.Changes() {
			if c.Viewer.ID == bob.ID {
				require.EqualValues(t, 3, domain.Ptr(c.Items[0].Entry).Unread())
			}
		}
		_, err = f.MarkRead(f.Ctx, bob, ann, 1)
		require.NoError(t, err)
		require.EqualValues(t, 2, domain.Ptr(f.Changes()[0].Items[0].Entry).Unread())
	})
}

// What has expired counts as deleted before any job has run.
func TestExpiredMessageIsDeletedAtOnce(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.share(ann, bob, "photo")
		f.Exec("UPDATE messages SET expires_at = ?, body = 'secret'", time.Now().Add(-time.Second).UTC())
		f.Exec("UPDATE memberships SET gone_seq = 1")
		e := f.Between(bob, ann)
		require.Zero(t, e.Unread())
		require.False(t, e.Last.DeletedAt.IsZero())
		require.Empty(t, e.Last.Body)
		row := f.shown(bob, ann)[0]
		require.True(t, row.DeletedAt.Equal(row.ExpiresAt))
		require.Empty(t, row.Body)
		require.Empty(t, row.Attachments)
		for _, u := range []*account.User{ann, bob} {
			_, err := f.File(f.Ctx, u, "photo")
			require.Equal(t, errs.NotFound, errs.CodeOf(err))
		}
		f.Changes()
		f.refused(f.Edit(f.Ctx, ann, bob, 1, 1, "x"))(errs.Refused, "This message was deleted.")
		f.refused(f.React(f.Ctx, bob, ann, 1, "👍"))(errs.Refused, "This message was deleted.")
		f.refused(f.Save(f.Ctx, bob, ann, 1, true))(errs.Refused, "This message was deleted.")
		_, err := f.Delete(f.Ctx, ann, bob, 1)
		require.NoError(t, err, "it is deleted")
		m, err := f.Message(f.Ctx, bob, ann, 1)
		require.NoError(t, err)
		require.Empty(t, m.Body)
	})
}
