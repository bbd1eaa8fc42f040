package chat

import (
	"context"
	"slices"
	"time"

	"dchat/app/account"

	"github.com/uptrace/bun"
)

// View is a conversation as one of the two has it open.
type View struct{ ConversationID, UserID int64 }

// Presence is what two contacts may know of each other's doings at the moment. There is none where one of them has
// blocked the other.
type Presence struct {
	ConversationID int64
	UserID         int64
	OtherID        int64
	Name           string    // of the user
	OtherSeenAt    time.Time `bun:",nullzero"` // when the other was last there, to the minute
	Typing         bool      // both show when they type
	Online         bool      // both show when they are there
	Stamp          int64     // is another one once one of the two has changed themselves
}

const presenceChunk = 1000

// Presences returns what there is to know in views of conversations, in one statement for many of them.
func (s *Store) Presences(ctx context.Context, views []View) (map[View]Presence, error) {
	found := make(map[View]Presence, len(views))
	for chunk := range slices.Chunk(views, presenceChunk) {
		keys := make([][]any, len(chunk))
		for i, v := range chunk {
			keys[i] = []any{v.ConversationID, v.UserID}
		}
		var rows []Presence
		err := s.db.Read().NewSelect().TableExpr("memberships AS mine").
			ColumnExpr("mine.conversation_id, mine.user_id, mine.other_id, me.display_name AS name, other.last_seen_at AS other_seen_at").
			ColumnExpr(showTyping+" AS typing").ColumnExpr(showOnline+" AS online").
			ColumnExpr("me.self_version + other.self_version AS stamp").
			Join("JOIN memberships AS theirs ON theirs.conversation_id = mine.conversation_id AND theirs.user_id = mine.other_id").
			Join("JOIN conversations AS c ON c.id = mine.conversation_id").
			Join("JOIN users AS me ON me.id = mine.user_id").Join("JOIN users AS other ON other.id = mine.other_id").
			Where("(mine.conversation_id, mine.user_id) IN ?", bun.Tuple(keys)).Where("c.contact_at IS NOT NULL").
			Where("mine.blocked_at IS NULL").Where("theirs.blocked_at IS NULL").
			Where("me.deleted_at IS NULL").Where("other.deleted_at IS NULL").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, p := range rows {
			found[View{p.ConversationID, p.UserID}] = p
		}
	}
	return found, nil
}

// lastSeen returns when a person was last there, zero if it is not known.
func (s *Store) lastSeen(ctx context.Context, user int64) (time.Time, error) {
	var at bun.NullTime
	err := s.db.Read().NewSelect().Model((*account.User)(nil)).Column("last_seen_at").Where("u.id = ?", user).Scan(ctx, &at)
	return at.Time, err
}

// SetSeen stores when people were last there, to the minute. It skips those who do not show it, and raises no version:
// pages learn it as it passes.
func (s *Store) SetSeen(ctx context.Context, seen map[int64]time.Time) error {
	type row struct {
		ID         int64
		LastSeenAt time.Time
	}
	rows := make([]*row, 0, len(seen))
	for id, at := range seen {
		rows = append(rows, &row{id, at.UTC().Truncate(time.Minute)})
	}
	slices.SortFunc(rows, func(a, b *row) int { return int(a.ID - b.ID) })
	for chunk := range slices.Chunk(rows, presenceChunk) {
		_, err := s.db.Writer().NewUpdate().With("new", s.db.Writer().NewValues(&chunk)).Model((*account.User)(nil)).TableExpr("new").
			Set("last_seen_at = new.last_seen_at").Where("u.id = new.id").Where(showsOnline).
			Where("u.last_seen_at IS NULL OR u.last_seen_at < new.last_seen_at").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}
