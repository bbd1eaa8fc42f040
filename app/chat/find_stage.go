package chat

import (
	"context"
	"slices"
)

// What a search reads before it asks the index, which would read all messages that have a frequent word.
var walks = []struct{ conversations, messages int }{{firstStage, 256}, {512, 4096}}

const (
	firstStage  = 8 // conversations of the first stage; each further one has four times as many
	leastWalked = 8 // messages of each conversation
	frequent    = 3 // hits of a walk from which on the next one is worth its time
)

// places returns where the words of the query are after a place, the latest first. It begins with the conversations
// that are on top of the list, and leaves out those that have nothing later than what was found: so the time that a
// frequent word takes does not grow with what was written long ago.
func (f *finding) places(ctx context.Context, after place, limit int) (found []place, err error) {
	list, err := f.conversations(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range walks {
		if len(list) == 0 {
			break
		}
		first := list[:min(w.conversations, len(list))]
		hits, open, err := f.walk(ctx, first, after, limit, max(w.messages/len(first), leastWalked))
		if err != nil {
			return nil, err
		}
		rest, all := list[len(first):], latest(limit, found, hits)
		if len(all) == limit {
			if rest, err = f.later(ctx, rest, all[limit-1]); err != nil {
				return nil, err
			}
		}
		list = slices.Concat(open, rest)
		found = slices.DeleteFunc(all, func(p place) bool { return slices.Contains(open, p.ConversationID) })
		if len(hits) < frequent {
			break
		}
	}
	return f.indexed(ctx, list, found, after, limit)
}

const topFirst = "mb.shown_at IS NULL, mb.shown_at DESC"

// conversations returns those in which to search, those first that are on top of the viewer's list.
func (f *finding) conversations(ctx context.Context) (list []int64, err error) {
	if f.conversation != 0 {
		return []int64{f.conversation}, nil
	}
	err = f.tx.NewSelect().TableExpr("memberships AS mb").Column("mb.conversation_id").Where("mb.user_id = ?", f.viewer.ID).
		OrderExpr(topFirst).Scan(ctx, &list)
	return list, err
}

// later returns those of the conversations whose last message is not before a hit.
func (f *finding) later(ctx context.Context, list []int64, hit place) (later []int64, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	err = f.sides(list).Column("mb.conversation_id").Join("JOIN conversations AS c ON c.id = mb.conversation_id").
		Where("c.last_at >= ?", hit.At).OrderExpr(topFirst).Scan(ctx, &later)
	return later, err
}

// indexed adds what the index finds in a list of conversations.
func (f *finding) indexed(ctx context.Context, list []int64, found []place, after place, limit int) ([]place, error) {
	for size := firstStage; len(list) > 0; size *= 4 {
		stage := list[:min(size, len(list))]
		list = list[len(stage):]
		var more []place
		if err := f.selectPlaces(stage, after, limit).Scan(ctx, &more); err != nil {
			return nil, err
		}
		if found = latest(limit, found, more); len(found) == limit {
			var err error
			if list, err = f.later(ctx, list, found[limit-1]); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// latest returns the latest places of two lists.
func latest(limit int, a, b []place) []place {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(a, b place) int { return b.compare(a) })
	return all[:min(len(all), limit)]
}
