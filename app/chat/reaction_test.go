package chat_test

import (
	"strings"
	"testing"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func TestEachHasOneReaction(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "hello")
		f.Say(ann, bob, "plain")
		f.Changes()
		steps := []struct {
			who     *account.User
			emoji   string
			want    string
			changed int
		}{
			{bob, "👍", "👍", 2},
			{bob, "👍", "👍", 0},
			{ann, "❤️", "👍❤️", 2},
			{bob, "🎉", "❤️🎉", 2},
			{bob, "", "❤️", 2},
			{bob, "", "❤️", 0},
			{ann, "", "", 2},
		}
		for i, step := range steps {
			other := map[*account.User]*account.User{ann: bob, bob: ann}[step.who]
			m, err := f.React(f.Ctx, step.who, other, 1, step.emoji)
			require.NoError(t, err)
			shown := ""
			for _, r := range m.Reactions {
				shown += r.Emoji
			}
			require.Equal(t, step.want, shown, "step %d", i)
			require.Equal(t, len(m.Reactions), m.Reacted)
			changes := f.Changes()
			require.Len(t, changes, step.changed, "step %d", i)
			for _, c := range changes {
				require.Equal(t, m.Reactions, c.Items[0].Messages[0].Reactions)
				require.Equal(t, "plain", c.Items[0].Entry.Last.Body)
			}
			require.Equal(t, m.Reactions, f.shown(other, step.who)[0].Reactions)
		}
		require.EqualValues(t, 2, domain.Ptr(f.Between(bob, ann)).Unread(), "a reaction reads nothing")
	})
}

func TestReactionIsOneEmoji(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "hello")
		for _, emoji := range []string{"a", "👍👍", " 👍", "👍 ", ":+1:", "<b>", "\u200d", "👍" + strings.Repeat("\u0301", 5), household + household, "\xff"} {
			_, err := f.React(f.Ctx, bob, ann, 1, emoji)
			domain.WrongField(t, err, "emoji")
		}
		_, err := f.Remove(f.Ctx, bob, ann)
		require.NoError(t, err)
		f.Changes()
		f.refused(f.React(f.Ctx, bob, ann, 1, "👍"))(errs.Refused, "You and anna are not contacts. A message needs an accepted chat request.")
	})
}
