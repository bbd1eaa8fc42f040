package chat_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func (f *fixture) reply(from, to *account.User, seq int64, body string) (*chat.Message, error) {
	return f.SendMessage(f.Ctx, from, to, chat.Outgoing{Key: uuid.New(), Body: body, Reply: seq, Read: chat.ReadAll})
}

func TestReplyQuotesItsSource(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		source := f.Say(ann, bob, strings.Repeat("ß", chat.MaxExcerpt+5))
		f.Changes()
		want := &chat.Quote{Seq: source.Seq, SenderID: ann.ID, Body: strings.Repeat("ß", chat.MaxExcerpt+1)}
		m, err := f.reply(bob, ann, source.Seq, "indeed")
		require.NoError(t, err)
		require.Equal(t, source.Seq, m.ReplySeq)
		require.Equal(t, want, m.Quote)
		require.Equal(t, int(source.Seq), f.Count("SELECT reply_seq FROM messages WHERE seq = ?", m.Seq))
		for _, change := range f.Changes() {
			require.Equal(t, want, change.Items[0].Messages[0].Quote, "on the pages of both")
		}
		own, err := f.reply(bob, ann, m.Seq, "to myself")
		require.NoError(t, err)
		require.Equal(t, &chat.Quote{Seq: m.Seq, SenderID: bob.ID, Body: "indeed"}, own.Quote)
	})
}

// What the sender does not see cannot be answered; what the other has hidden can be, and they see no quote.
func TestReplyNeedsASource(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		for range 5 {
			f.Say(cyd, ann, "elsewhere")
		}
		there, hidden, hiddenForBob := f.Say(ann, bob, "there"), f.Say(bob, ann, "hidden"), f.Say(ann, bob, "hidden for bob")
		mark := func(u *account.User, m *chat.Message) {
			f.Exec("INSERT INTO message_marks (user_id, conversation_id, seq, rev, hidden) VALUES (?, ?, ?, 1, true)", u.ID, m.ConversationID, m.Seq)
		}
		mark(ann, hidden)
		mark(bob, hiddenForBob)
		f.Exec("INSERT INTO message_marks (user_id, conversation_id, seq, rev, saved_at) VALUES (?, ?, ?, 1, ?)", ann.ID, there.ConversationID, there.Seq, time.Now().UTC())
		gone := map[string]int64{"hidden": hidden.Seq, "none": 99, "negative": -1}
		for what, change := range map[string]string{"deleted": "deleted_at = created_at", "expired": "expires_at = created_at", "a notice": "notice = 'timer'"} {
			m := f.Say(ann, bob, what)
			f.Exec("UPDATE messages SET "+change+" WHERE conversation_id = ? AND seq = ?", m.ConversationID, m.Seq)
			gone[what] = m.Seq
		}
		before := f.Between(ann, bob).Seq
		for what, seq := range gone {
			_, err := f.reply(ann, bob, seq, "what was that?")
			require.Equal(t, errs.Invalid, errs.CodeOf(err), what)
			domain.WrongField(t, err, "reply")
		}
		require.Equal(t, before, f.Between(ann, bob).Seq, "nothing was stored")
		_, err := f.reply(ann, cyd, before, "there are only five")
		domain.WrongField(t, err, "reply")

		for _, m := range []*chat.Message{there, hiddenForBob} {
			_, err = f.reply(ann, bob, m.Seq, "an answer")
			require.NoError(t, err)
		}
		f.Changes()
		m, err := f.reply(ann, bob, hiddenForBob.Seq, "an answer")
		require.NoError(t, err)
		require.False(t, m.Quote.Gone)
		for _, change := range f.Changes() {
			require.Equal(t, change.Viewer.ID == bob.ID, change.Items[0].Messages[0].Quote.Gone)
		}
	})
}

// The same key is the same message for as long as it answers the same one, also when that one is gone.
func TestReplyIsRepeatedByItsKey(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		first, second := f.Say(bob, ann, "one"), f.Say(bob, ann, "two")
		out := chat.Outgoing{Key: uuid.New(), Body: "which?", Reply: first.Seq, Read: chat.ReadAll}
		m, err := f.SendMessage(f.Ctx, ann, bob, out)
		require.NoError(t, err)
		f.Exec("UPDATE messages SET deleted_at = created_at, body = '' WHERE seq = ?", first.Seq)
		again, err := f.SendMessage(f.Ctx, ann, bob, out)
		require.NoError(t, err)
		require.Equal(t, m.Seq, again.Seq)
		for _, reply := range []int64{second.Seq, 0} {
			out.Reply = reply
			_, err = f.SendMessage(f.Ctx, ann, bob, out)
			domain.WrongField(t, err, "key")
		}
		plain, err := f.Send(f.Ctx, ann, bob, uuid.New(), "plain")
		require.NoError(t, err)
		sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, uint64(plain.ConversationID)), "plain"...))
		require.Equal(t, sum[:], plain.Digest, "as releases before replies have it")
	})
}

// Many replies at once are checked together and each gets its own answer.
func TestRepliesShareABatch(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		var sources []int64
		for i := range 10 {
			sources = append(sources, f.Say(ann, bob, fmt.Sprint("source ", i)).Seq)
		}
		f.Exec("UPDATE messages SET deleted_at = created_at WHERE seq % 2 = 0")
		outcomes := domain.Race(40, func(i int) error {
			seq := sources[i%10]
			m, err := f.reply([]*account.User{ann, bob}[i%2], []*account.User{bob, ann}[i%2], seq, "x")
			if err == nil && m.Quote.Body != fmt.Sprint("source ", i%10) {
				return fmt.Errorf("%d quotes %q", i%10, m.Quote.Body)
			}
			return err
		})
		for i, err := range outcomes {
			require.Equal(t, sources[i%10]%2 == 0, err != nil, "%d: %v", i, err)
		}
	})
}
