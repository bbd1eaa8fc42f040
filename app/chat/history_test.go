package chat_test

import (
	"testing"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

func TestWindowsOfAConversation(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		for range 12 {
			f.Say(ann, bob, "x")
		}
		id := f.Between(ann, bob).ConversationID
		_, err := f.Hide(f.Ctx, bob, ann, 6)
		require.NoError(t, err)
		for name, c := range map[string]struct {
			window        func() (chat.Window, error)
			first, last   int64
			earlier, late bool
		}{
			"around the middle":    {func() (chat.Window, error) { return f.Around(f.Ctx, bob, id, 6, 3) }, 3, 8, true, true},
			"around the beginning": {func() (chat.Window, error) { return f.Around(f.Ctx, bob, id, 2, 3) }, 1, 4, false, true},
			"around the first":     {func() (chat.Window, error) { return f.Around(f.Ctx, bob, id, 1, 3) }, 1, 3, false, true},
			"around the end":       {func() (chat.Window, error) { return f.Around(f.Ctx, bob, id, 12, 3) }, 9, 12, true, false},
			"all of it":            {func() (chat.Window, error) { return f.Around(f.Ctx, bob, id, 6, 25) }, 1, 12, false, false},
			"after":                {func() (chat.Window, error) { return f.After(f.Ctx, bob, id, 4, 3) }, 5, 7, true, true},
			"after, the rest":      {func() (chat.Window, error) { return f.After(f.Ctx, bob, id, 9, 3) }, 10, 12, true, false},
			"after the beginning":  {func() (chat.Window, error) { return f.After(f.Ctx, bob, id, 0, 3) }, 1, 3, false, true},
		} {
			w, err := c.window()
			require.NoError(t, err)
			require.Equal(t, []any{c.first, c.last, c.earlier, c.late}, []any{w.Messages[0].Seq, w.Messages[len(w.Messages)-1].Seq, w.More, w.Later}, name)
			for i, m := range w.Messages {
				require.Equal(t, c.first+int64(i), m.Seq, name)
				require.Equal(t, m.Seq == 6, m.Hidden, name)
			}
		}
		empty, err := f.After(f.Ctx, bob, id, 12, 3)
		require.NoError(t, err)
		require.Empty(t, empty.Messages)
		far, err := f.Around(f.Ctx, bob, id, 99, 3)
		require.NoError(t, err)
		require.EqualValues(t, 12, far.Messages[2].Seq)
	})
}
