package chat_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/db"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// receipts returns what one of two people knows of the other.
func (f *fixture) receipts(viewer, other *account.User) chat.Receipts {
	f.T.Helper()
	return domain.Ptr(f.Between(viewer, other)).Receipts()
}

// receive says that a page of a person has everything, and returns what the node has published of it.
func (f *fixture) receive(people ...*account.User) []chat.Change {
	f.T.Helper()
	f.Changes()
	spans := map[int64]chat.Span{}
	versions, err := f.Versions(f.Ctx, domain.IDs(people...))
	require.NoError(f.T, err)
	for id, version := range versions {
		spans[id] = chat.NewSpan(0, version)
	}
	f.Deliver(f.Ctx, spans)
	return f.Changes()
}

func (f *fixture) read(viewer, other *account.User, seq int64) {
	f.T.Helper()
	_, err := f.MarkRead(f.Ctx, viewer, other, seq)
	require.NoError(f.T, err)
}

func (f *fixture) private(u *account.User, p account.Privacy) {
	f.T.Helper()
	_, err := f.SetPrivacy(f.Ctx, u, func(now *account.Privacy) { *now = p })
	require.NoError(f.T, err)
}

// What memory has of a person who changed it elsewhere decides nothing.
func TestReceiptsFollowTheDatabase(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "one")
		f.read(bob, ann, 1)
		remembered := f.Row(ann)
		for _, shows := range []bool{false, true} {
			f.Exec("UPDATE users SET show_read = ? WHERE id = ?", shows, ann.ID)
			e, err := f.Entry(f.Ctx, remembered, bob)
			require.NoError(t, err)
			require.Equal(t, shows, e.ShowsRead)
			require.Equal(t, shows, e.Receipts().Read == 1)
			remembered.ShowRead = !shows
			missed, err := f.Delta(f.Ctx, remembered, chat.Position{Conversation: e.ConversationID}, false)
			require.NoError(t, err)
			require.Equal(t, shows, missed.Open.Receipts().Read == 1)
		}
	})
}

// A message is sent, then delivered, then read, and each step reaches the pages of its sender and no others.
func TestReceiptsReachTheSender(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "one")
		f.Say(ann, bob, "two")
		require.Equal(t, chat.Receipts{}, f.receipts(ann, bob))

		changes := f.receive(bob, ann)
		require.Equal(t, []int64{ann.ID}, domain.Viewers(changes))
		require.Equal(t, changes[0].From+1, changes[0].To)
		item := changes[0].Items[0]
		require.True(t, item.NewReceipts && item.Same && item.Messages == nil)
		require.Equal(t, chat.Receipts{Delivered: 2}, item.Entry.Receipts())
		require.Equal(t, chat.Receipts{Delivered: 2}, f.receipts(ann, bob))
		require.Empty(t, f.receive(bob, ann), "nothing is said twice")

		f.read(bob, ann, 1)
		changes = f.Changes()
		require.Equal(t, []int64{ann.ID, bob.ID}, domain.Viewers(changes))
		for _, c := range changes {
			require.Equal(t, c.Viewer.ID == ann.ID, c.Items[0].NewReceipts)
			require.Equal(t, c.Viewer.ID == ann.ID, c.Items[0].Same)
		}
		require.Equal(t, chat.Receipts{Delivered: 2, Read: 1}, f.receipts(ann, bob))
		f.Say(bob, ann, "three")
		require.Equal(t, chat.Receipts{Delivered: 3, Read: 3}, f.receipts(ann, bob), "who answers has read")
	})
}

// What has come since a page said what it has is not delivered yet, and what was said of it before counts once.
func TestOnlyWhatAPageHasIsDelivered(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "one")
		versions, err := f.Versions(f.Ctx, []int64{bob.ID})
		require.NoError(t, err)
		has := versions[bob.ID]
		f.Say(ann, bob, "two")
		f.Deliver(f.Ctx, map[int64]chat.Span{bob.ID: chat.NewSpan(0, has)})
		require.Equal(t, chat.Receipts{}, f.receipts(ann, bob), "the stamp is that of the second")
		f.Deliver(f.Ctx, map[int64]chat.Span{bob.ID: chat.NewSpan(has+1, has+1)})
		require.Equal(t, chat.Receipts{}, f.receipts(ann, bob), "nothing is stamped after that")
		f.Deliver(f.Ctx, map[int64]chat.Span{bob.ID: chat.NewSpan(has, has+1)})
		require.Equal(t, chat.Receipts{Delivered: 2}, f.receipts(ann, bob))
	})
}

// A node writes by itself what was acknowledged, what both of a pair received and what several conversations did.
func TestAcknowledgementsAreWrittenTogether(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		for _, u := range []*account.User{bob, cyd} {
			f.Say(ann, u, "hers")
			_, err := f.SendMessage(f.Ctx, u, ann, chat.Outgoing{Key: uuid.New(), Body: "not having read hers"})
			require.NoError(t, err)
		}
		f.Changes()
		before, err := f.Versions(f.Ctx, domain.IDs(ann, bob, cyd))
		require.NoError(t, err)
		for id, version := range before {
			f.Acknowledge(id, 0, version)
		}
		require.Eventually(t, func() bool {
			now, err := f.Versions(f.Ctx, domain.IDs(ann, bob, cyd))
			return err == nil && now[ann.ID] > before[ann.ID] && now[bob.ID] > before[bob.ID] && now[cyd.ID] > before[cyd.ID]
		}, 20*time.Second, 20*time.Millisecond)
		for _, u := range []*account.User{bob, cyd} {
			require.EqualValues(t, 2, f.receipts(ann, u).Delivered)
			require.Zero(t, f.receipts(ann, u).Read)
			require.EqualValues(t, 2, f.receipts(u, ann).Delivered)
			require.EqualValues(t, 1, f.receipts(u, ann).Read, "her own, not his answer")
		}
		now, err := f.Versions(f.Ctx, domain.IDs(ann))
		require.NoError(t, err)
		require.Equal(t, before[ann.ID]+1, now[ann.ID], "one change for both conversations")
		require.Eventually(t, func() bool { return len(domain.Viewers(f.Changes())) == 3 }, 20*time.Second, 20*time.Millisecond)
	})
}

// A pair that a sender has locked does not hold up the others, and is written a second later.
func TestDeliveryWaitsForNoLock(t *testing.T) {
	everywhere(t, func(f *fixture) {
		if !f.DB.Postgres() {
			return // SQLite has no locks of rows
		}
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		f.Say(ann, bob, "held")
		f.Say(ann, cyd, "free")
		held := f.Between(ann, bob).ConversationID
		require.NoError(t, f.Connect().Write(f.Ctx, func(ctx context.Context, tx bun.Tx) error {
			var id int64
			require.NoError(t, db.ForUpdate(tx.NewSelect().Table("conversations").Column("id").Where("id = ?", held)).Scan(ctx, &id))
			f.receive(bob, cyd)
			require.Equal(t, chat.Receipts{Delivered: 1}, f.receipts(ann, cyd))
			require.Equal(t, chat.Receipts{}, f.receipts(ann, bob))
			return nil
		}))
		require.Eventually(t, func() bool { return f.receipts(ann, bob).Delivered == 1 }, 20*time.Second, 20*time.Millisecond)
	})
}

// A switch holds both ways, for what is on open pages and for what is loaded later; delivery is none of its business.
func TestShowReadHoldsBothWays(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "one")
		f.Say(bob, ann, "two") // he has read hers
		f.read(ann, bob, 2)
		first := chat.Receipts{Delivered: 2, Read: 2}
		require.Equal(t, []chat.Receipts{first, first}, []chat.Receipts{f.receipts(ann, bob), f.receipts(bob, ann)})
		f.Changes()

		f.private(bob, account.Privacy{Typing: true, Online: true})
		changes := f.Changes()
		require.Equal(t, []int64{ann.ID, bob.ID}, domain.Viewers(changes))
		hidden := chat.Receipts{Delivered: 2}
		for _, c := range changes {
			for _, item := range c.Items {
				require.True(t, item.NewReceipts)
				require.Equal(t, hidden, item.Entry.Receipts())
			}
		}
		require.Equal(t, []chat.Receipts{hidden, hidden}, []chat.Receipts{f.receipts(ann, bob), f.receipts(bob, ann)})

		f.Say(ann, bob, "three")
		f.receive(bob)
		f.read(bob, ann, 3)
		require.Equal(t, []int64{bob.ID}, domain.Viewers(f.Changes()), "her pages do not even hear that something happened")
		require.Equal(t, chat.Receipts{Delivered: 3}, f.receipts(ann, bob))
		require.Zero(t, f.Count("SELECT count(*) FROM message_reads WHERE seq = 3"), "when he read it is not kept")

		f.private(bob, account.Privacy{Read: true})
		require.Equal(t, chat.Receipts{Delivered: 3, Read: 3}, f.receipts(ann, bob))
		row := f.Row(bob)
		require.Equal(t, account.Privacy{Read: true}, row.Privacy())
		f.Changes()
		f.private(bob, account.Privacy{Read: true})
		require.Empty(t, f.Changes(), "nothing has changed")
	})
}

// People who are no contacts, for whatever reason, learn nothing of each other, on open pages neither.
func TestReceiptsAreForContacts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		for name, part := range map[string]func(a, b *account.User) (chat.Entry, error){
			"removed": func(a, b *account.User) (chat.Entry, error) { return f.Remove(f.Ctx, a, b) },
			"blocks":  func(a, b *account.User) (chat.Entry, error) { return f.Block(f.Ctx, a, b) },
			"blocked": func(a, b *account.User) (chat.Entry, error) { return f.Block(f.Ctx, b, a) },
		} {
			ann, bob := f.User("anna-"+name), f.User("bobby-"+name)
			f.Contacts(ann, bob)
			f.Say(ann, bob, "one")
			f.Say(ann, bob, "two")
			f.read(bob, ann, 1)
			f.Changes()
			_, err := part(ann, bob)
			require.NoError(t, err)
			for _, c := range f.Changes() {
				require.True(t, c.Items[0].NewReceipts, name)
				require.Equal(t, chat.Receipts{}, c.Items[0].Entry.Receipts(), name)
			}
			require.Empty(t, f.receive(bob), name)
			f.read(bob, ann, 2)
			require.Equal(t, []int64{bob.ID}, domain.Viewers(f.Changes()), name)
			require.Equal(t, chat.Receipts{}, f.receipts(ann, bob), name)
		}
	})
}

// The page of a message says when it was read: with which later message does not matter.
func TestReadAt(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		for range 4 {
			f.Say(ann, bob, "x")
		}
		readAt := func(viewer, other *account.User, seq int64) time.Time {
			t.Helper()
			message, err := f.Message(f.Ctx, viewer, other, seq)
			require.NoError(t, err)
			at, err := f.ReadAt(f.Ctx, f.Row(viewer), domain.Ptr(f.Between(viewer, other)), message)
			require.NoError(t, err)
			return at
		}
		f.read(bob, ann, 2)
		f.read(bob, ann, 3)
		f.Exec("UPDATE message_reads SET read_at = '2026-11-01T14:05:00Z' WHERE seq = 2")
		require.Equal(t, "2026-11-01T14:05:00Z", readAt(ann, bob, 1).UTC().Format(time.RFC3339))
		require.Equal(t, readAt(ann, bob, 1), readAt(ann, bob, 2))
		require.True(t, readAt(ann, bob, 3).After(readAt(ann, bob, 2)))
		require.Zero(t, readAt(ann, bob, 4))
		require.Zero(t, readAt(bob, ann, 1), "it is for the sender")
		f.Say(bob, ann, "an answer is a sign that one has read")
		require.False(t, readAt(ann, bob, 4).IsZero())
		require.Equal(t, 3, f.Count("SELECT count(*) FROM message_reads"))
		f.Say(bob, ann, "and one more none")
		require.Equal(t, 3, f.Count("SELECT count(*) FROM message_reads"))

		f.private(ann, account.Privacy{})
		require.Zero(t, readAt(ann, bob, 1))
		for i, u := range []*account.User{ann, bob} {
			require.NoError(t, f.DeleteAccount(f.Ctx, f.Row(u), domain.Password))
			require.Equal(t, 3*(1-i), f.Count("SELECT count(*) FROM message_reads"))
		}
	})
}

// Whatever happens at once, nothing moves back or is lost, and the versions of each person follow on each other.
func TestDeliveryAmongSendsAndReads(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		f.Contacts(ann, cyd)
		nodes := f.Both()
		f.Changes()
		start, err := f.Versions(f.Ctx, domain.IDs(ann, bob, cyd))
		require.NoError(t, err)
		const rounds = 15
		pairs := [][2]*account.User{{ann, bob}, {bob, ann}, {ann, cyd}, {cyd, ann}}
		for _, err := range domain.Race(3*len(pairs), func(i int) error {
			from, to, node := pairs[i%4][0], pairs[i%4][1], nodes[i%2]
			for n := range rounds {
				var err error
				switch i / len(pairs) {
				case 0:
					_, err = node.SendMessage(f.Ctx, from, to, chat.Outgoing{Key: uuid.New(), Body: "x", Read: int64(n)})
				case 1:
					_, err = node.MarkRead(f.Ctx, from, to, int64(n))
				case 2:
					versions, _ := node.Versions(f.Ctx, domain.IDs(from))
					node.Deliver(f.Ctx, map[int64]chat.Span{from.ID: chat.NewSpan(0, versions[from.ID])})
				}
				if err != nil {
					return err
				}
			}
			return nil
		}) {
			require.NoError(t, err)
		}
		var published []chat.Change
		atRest := func() bool {
			end, err := f.Versions(f.Ctx, domain.IDs(ann, bob, cyd))
			require.NoError(t, err)
			published = append(published, f.Changes()...)
			slices.SortFunc(published, func(a, b chat.Change) int { return cmp.Compare(a.From, b.From) })
			at := maps.Clone(start)
			for _, c := range published {
				if c.From == at[c.Viewer.ID] {
					at[c.Viewer.ID] = c.To
				}
			}
			return maps.Equal(at, end)
		}
		delivered := func() bool {
			versions, err := f.Versions(f.Ctx, domain.IDs(ann, bob, cyd))
			require.NoError(t, err)
			for id, version := range versions {
				f.Deliver(f.Ctx, map[int64]chat.Span{id: chat.NewSpan(0, version)})
			}
			return !slices.ContainsFunc(pairs, func(p [2]*account.User) bool { return f.receipts(p[0], p[1]).Delivered != 2*rounds })
		}
		require.Eventually(t, func() bool { return delivered() && atRest() }, 20*time.Second, 50*time.Millisecond)
	})
}
