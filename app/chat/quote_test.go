package chat_test

import (
	"testing"

	"dchat/app/account"
	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

// rowIn is one row of a list, nil if it is not there.
func rowIn(rows []chat.Message, seq int64) *chat.Message {
	for i := range rows {
		if rows[i].Seq == seq {
			return &rows[i]
		}
	}
	return nil
}

// A quote is the source as it now is: what changes the source changes the replies, on the same pages and in catch-ups.
func TestQuotesFollowTheirSource(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		source := f.Say(ann, bob, "the source")
		for range 2 {
			_, err := f.reply(bob, ann, source.Seq, "a reply")
			require.NoError(t, err)
		}
		f.Say(bob, ann, "no reply")
		at := map[*account.User]chat.Position{ann: f.position(ann, bob), bob: f.position(bob, ann)}
		check := func(what string, m *chat.Message, err error, want map[*account.User]chat.Quote) {
			t.Helper()
			require.NoError(t, err)
			require.EqualValues(t, 1, m.Seq)
			changes := f.Changes()
			require.Len(t, changes, len(want), what)
			for _, c := range changes {
				for _, u := range []*account.User{ann, bob} {
					if u.ID != c.Viewer.ID {
						continue
					}
					other := map[*account.User]*account.User{ann: bob, bob: ann}[u]
					missed := f.delta(u, at[u])
					at[u] = f.position(u, other)
					for _, rows := range [][]chat.Message{c.Items[0].Messages, missed.Changed} {
						require.Len(t, rows, 3, what)
						for _, seq := range []int64{2, 3} {
							require.Equal(t, want[u], *rowIn(rows, seq).Quote, "%s: %s", what, u.Username)
							require.Equal(t, "a reply", rowIn(rows, seq).Body)
						}
					}
					require.Equal(t, want[u], *rowIn(f.shown(u, other), 2).Quote)
				}
			}
		}
		f.Changes()
		m, err := f.Edit(f.Ctx, ann, bob, 1, source.Rev, "edited")
		edited := chat.Quote{Seq: 1, SenderID: ann.ID, Body: "edited"}
		check("edit", m, err, map[*account.User]chat.Quote{ann: edited, bob: edited})
		gone := chat.Quote{Seq: 1, SenderID: ann.ID, Gone: true}
		m, err = f.Hide(f.Ctx, bob, ann, 1)
		check("hide", m, err, map[*account.User]chat.Quote{bob: gone})
		require.Equal(t, edited, *rowIn(f.shown(ann, bob), 2).Quote)
		require.Empty(t, f.delta(ann, at[ann]).Changed)
		m, err = f.Delete(f.Ctx, ann, bob, 1)
		check("delete", m, err, map[*account.User]chat.Quote{ann: gone, bob: gone})
	})
}

// A message with very many replies changes without a fragment for all of them: pages find it by catching up.
func TestManyRepliesAreNotPublished(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		source := f.Say(ann, bob, "the source")
		for range chat.PageSize {
			f.Say(bob, ann, "a reply")
		}
		f.Exec("UPDATE messages SET reply_seq = 1 WHERE seq > 1")
		before := f.position(bob, ann)
		f.Changes()
		m, err := f.Edit(f.Ctx, ann, bob, 1, source.Rev, "edited")
		require.NoError(t, err)
		require.Equal(t, "edited", m.Body)
		require.Empty(t, f.Changes())
		missed := f.delta(bob, before)
		require.Equal(t, before.Version+1, missed.Version)
		require.Len(t, missed.Changed, chat.PageSize+1)
		require.Equal(t, "edited", missed.Changed[chat.PageSize].Quote.Body)
	})
}
