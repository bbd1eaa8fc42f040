package chat

import (
	"context"

	"dchat/app/errs"
)

// quoteSources finds what replies answer, in one statement for all of them, and refuses those whose sender does not see
// it (any more).
func (b *batchWrite) quoteSources(ctx context.Context) error {
	var replies []*Message
	for _, d := range b.accepted {
		d.quotes = nil
		if d.reply == 0 {
			continue
		}
		for _, viewer := range []int64{d.sender.ID, d.other.ID} {
			replies = append(replies, &Message{ConversationID: d.Conversation, ReplySeq: d.reply, ViewerID: viewer})
		}
	}
	if err := quotes(ctx, b.tx, replies); err != nil || len(replies) == 0 {
		return err
	}
	for _, d := range b.accepted {
		if d.reply != 0 {
			d.quotes = map[int64]*Quote{replies[0].ViewerID: replies[0].Quote, replies[1].ViewerID: replies[1].Quote}
			replies = replies[2:]
		}
	}
	b.refuse(func(d *draft) error {
		if d.reply == 0 {
			return nil
		}
		d.message.Quote = d.quotes[d.sender.ID]
		if d.message.Quote.Gone {
			return errs.Field("reply", "The message that you answer is no longer there.")
		}
		return nil
	})
	return nil
}
