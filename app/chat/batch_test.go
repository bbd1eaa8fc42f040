package chat_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// What panics while messages are stored fails these messages, and no process.
func TestPanicWhileStoringIsAnError(t *testing.T) {
	var panics atomic.Bool
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "before")
		panics.Store(true)
		ctx, cancel := context.WithTimeout(f.Ctx, 10*time.Second)
		defer cancel()
		key := uuid.New()
		_, err := f.Send(ctx, ann, bob, key, "meanwhile")
		require.ErrorContains(f.T, err, "panic: no counting")
		panics.Store(false)
		_, err = f.Send(ctx, ann, bob, key, "meanwhile")
		require.NoError(f.T, err)
		f.Say(ann, bob, "after")
		require.Equal(f.T, []string{"before", "meanwhile", "after"}, f.Bodies(ann, bob))
	}, func(o *domain.Options) {
		o.Committed = func(int) {
			if panics.Load() {
				panic("no counting")
			}
		}
	})
}

// A clock that was wrong for a moment stamps what came in that moment, and nothing after.
func TestClockErrorDoesNotPersist(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "tomorrow")
		id := f.Between(ann, bob).ConversationID
		year := time.Now().Add(365 * 24 * time.Hour).UTC()
		f.Exec("UPDATE conversations SET last_at = ? WHERE id = ?", year, id)
		f.Exec("UPDATE memberships SET shown_at = ? WHERE conversation_id = ?", year, id)
		require.WithinDuration(f.T, time.Now(), f.Say(ann, bob, "today").CreatedAt, time.Minute)
		require.WithinDuration(f.T, time.Now(), f.Between(bob, ann).ShownAt, time.Minute)

		soon := time.Now().Add(20 * time.Second).UTC().Truncate(time.Microsecond)
		f.Exec("UPDATE conversations SET last_at = ? WHERE id = ?", soon, id)
		require.WithinDuration(f.T, soon, f.Say(ann, bob, "no earlier").CreatedAt, 0, "clocks differ a little, and the order of times holds")
	})
}
