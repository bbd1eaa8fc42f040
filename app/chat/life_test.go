package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestActionsWork(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		m := f.Say(ann, bob, "first")
		f.Say(ann, bob, "second")
		edited, err := f.Edit(f.Ctx, ann, bob, 1, m.Rev, "first edited")
		require.NoError(t, err)
		require.Equal(t, "first edited", edited.Body)
		edits, err := f.Edits(f.Ctx, edited)
		require.NoError(t, err)
		require.Len(t, edits, 1)
		r, err := f.React(f.Ctx, bob, ann, 1, "👍")
		require.NoError(t, err)
		require.Len(t, r.Reactions, 1)
		_, err = f.Save(f.Ctx, bob, ann, 1, true)
		require.NoError(t, err)
		hits, err := f.Saved(f.Ctx, bob, "")
		require.NoError(t, err)
		require.Len(t, hits.List, 1)
		d, err := f.Delete(f.Ctx, ann, bob, 1)
		require.NoError(t, err)
		require.True(t, d.Gone())
		h, err := f.Hide(f.Ctx, bob, ann, 2)
		require.NoError(t, err)
		require.True(t, h.Hidden)
		e := f.Between(bob, ann)
		require.Zero(t, e.Unread())
		require.True(t, e.Last.Hidden)
		w, err := f.Around(f.Ctx, bob, e.ConversationID, 2, 1)
		require.NoError(t, err)
		require.Len(t, w.Messages, 2)
		require.False(t, w.More)
	})
}
