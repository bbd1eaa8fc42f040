package chat_test

import (
	"math/rand/v2"
	"testing"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// What is sent late reads no more than its sender had seen when it was written, and what one has written
// oneself is never unread.
func TestSendMarksOnlySeenMessagesRead(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		say := func(from, to *account.User, read int64) {
			_, err := f.SendMessage(f.Ctx, from, to, chat.Outgoing{Key: uuid.New(), Body: "x", Read: read})
			require.NoError(t, err)
		}
		unread := func() int64 { return domain.Ptr(f.Between(ann, bob)).Unread() }
		for range 3 {
			say(bob, ann, chat.ReadAll)
		}
		say(ann, bob, 1)
		require.EqualValues(t, 2, unread(), "of three she had seen one")
		say(ann, bob, 1)
		require.EqualValues(t, 2, unread())
		say(bob, ann, 3)
		require.EqualValues(t, 3, unread())
		require.EqualValues(t, 2, domain.Ptr(f.Between(bob, ann)).Unread(), "he had not seen hers either")
		_, err := f.MarkRead(f.Ctx, ann, bob, 3)
		require.NoError(t, err)
		require.EqualValues(t, 1, unread())
		say(ann, bob, 6)
		require.Zero(t, unread())
		say(bob, ann, chat.ReadAll)
		require.Zero(t, domain.Ptr(f.Between(bob, ann)).Unread())
		say(ann, bob, 1<<62)
		require.Zero(t, unread())
		say(ann, bob, 0)
		require.Zero(t, unread(), "it never moves back")
	})
}

// Whatever the order, the count is that of the other's messages after the last one that was read, nothing is read
// that was not seen, and open pages get the same.
func TestUnreadCountInAnyOrder(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		random := rand.New(rand.NewPCG(1, 2))
		var theirs []int64 // Seqs of bob's
		var seen, last, before int64
		after := func(seq int64) (n int64) {
			for _, s := range theirs {
				if s > seq {
					n++
				}
			}
			return n
		}
		for step := range 300 {
			switch random.IntN(4) {
			case 0, 1:
				m, err := f.SendMessage(f.Ctx, bob, ann, chat.Outgoing{Key: uuid.New(), Body: "his", Read: random.Int64N(last + 1)})
				require.NoError(t, err)
				theirs, last = append(theirs, m.Seq), m.Seq
			case 2:
				read := random.Int64N(last + 1)
				m, err := f.SendMessage(f.Ctx, ann, bob, chat.Outgoing{Key: uuid.New(), Body: "hers", Read: read})
				require.NoError(t, err)
				seen, last = max(seen, read), m.Seq
			case 3:
				read := random.Int64N(last + 1)
				_, err := f.MarkRead(f.Ctx, ann, bob, read)
				require.NoError(t, err)
				seen = max(seen, read)
			}
			e := f.Between(ann, bob)
			require.Equal(t, after(e.LastReadSeq), e.Unread(), "step %d", step)
			require.GreaterOrEqual(t, e.Unread(), after(seen), "step %d: nothing is read that was not seen", step)
			require.GreaterOrEqual(t, e.LastReadSeq, before, "step %d: it never moves back", step)
			before = e.LastReadSeq
		}
		_, err := f.MarkRead(f.Ctx, ann, bob, last)
		require.NoError(t, err)
		require.Zero(t, domain.Ptr(f.Between(ann, bob)).Unread())
	})
}
