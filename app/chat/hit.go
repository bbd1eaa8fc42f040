package chat

import (
	"context"

	"dchat/app/account"

	"github.com/uptrace/bun"
)

// Hit is a message in a list of messages of several conversations.
type Hit struct {
	Message Message
	Other   *account.User // with whom the conversation is
}

// Hits is a page of such a list.
type Hits struct {
	List []Hit
	Next string // the cursor of the next page, "" if there is none
}

// hitsOf completes messages of a viewer and says with whom they are, in their order.
func hitsOf(ctx context.Context, tx bun.IDB, viewer int64, rows []Message) ([]Hit, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if err := complete(ctx, tx, viewer, rows); err != nil {
		return nil, err
	}
	return withOthers(ctx, tx, viewer, rows)
}

// withOthers says with whom messages of a viewer are.
func withOthers(ctx context.Context, tx bun.IDB, viewer int64, rows []Message) ([]Hit, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ConversationID
	}
	var sides []Membership
	err := tx.NewSelect().Model(&sides).Relation("Other", account.PublicColumns).Where("mb.user_id = ?", viewer).
		Where("mb.conversation_id IN (?)", bun.List(ids)).Scan(ctx)
	others := map[int64]*account.User{}
	for _, side := range sides {
		others[side.ConversationID] = side.Other
	}
	list := make([]Hit, len(rows))
	for i := range rows {
		list[i] = Hit{Message: rows[i], Other: others[rows[i].ConversationID]}
	}
	return list, err
}
