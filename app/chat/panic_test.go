package chat_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// What panics while messages are stored fails these messages, and no process.
func TestAPanicWhileStoringIsAnError(t *testing.T) {
	var panics atomic.Bool
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		w.say(ann, bob, "before")
		panics.Store(true)
		ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
		defer cancel()
		key := uuid.New()
		_, err := w.Send(ctx, ann, bob, key, "meanwhile")
		require.ErrorContains(w.t, err, "panic: no counting")
		panics.Store(false)
		_, err = w.Send(ctx, ann, bob, key, "meanwhile")
		require.NoError(w.t, err)
		w.say(ann, bob, "after")
		require.Equal(w.t, []string{"before", "meanwhile", "after"}, w.bodies(ann, bob))
	}, func(o *chat.Options) {
		o.Committed = func(int) {
			if panics.Load() {
				panic("no counting")
			}
		}
	})
}

// A clock that was wrong for a moment stamps what came in that moment, and nothing after.
func TestAConversationFromTheFutureComesBack(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		w.say(ann, bob, "tomorrow")
		id := w.between(ann, bob).ConversationID
		year := time.Now().Add(365 * 24 * time.Hour).UTC()
		w.exec("UPDATE conversations SET last_at = ? WHERE id = ?", year, id)
		w.exec("UPDATE memberships SET shown_at = ? WHERE conversation_id = ?", year, id)
		require.WithinDuration(w.t, time.Now(), w.say(ann, bob, "today").CreatedAt, time.Minute)
		require.WithinDuration(w.t, time.Now(), w.between(bob, ann).ShownAt, time.Minute)

		soon := time.Now().Add(20 * time.Second).UTC().Truncate(time.Microsecond)
		w.exec("UPDATE conversations SET last_at = ? WHERE id = ?", soon, id)
		require.WithinDuration(w.t, soon, w.say(ann, bob, "no earlier").CreatedAt, 0, "clocks differ a little, and the order of times holds")
	})
}
