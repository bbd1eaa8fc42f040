package chat

import (
	"time"

	"github.com/uptrace/bun"
)

// Conversation is the pair row of two people: it exists from the first contact attempt, counts
// their messages, and is the lock under which everything between the two is decided.
type Conversation struct {
	bun.BaseModel `bun:"table:conversations,alias:c"`

	ID        int64     `bun:",pk,autoincrement"`
	LowID     int64     // the smaller user id
	HighID    int64     // the larger
	Seq       int64     // of the last message, 0 if none
	Rev       int64     // of the last change to any message
	LastAt    time.Time `bun:",nullzero"` // CreatedAt of the last message
	ContactAt time.Time `bun:",nullzero"` // since when the two are contacts

	Last *Message `bun:"rel:has-one,join:id=conversation_id,join:seq=seq"`
}
