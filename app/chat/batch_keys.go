package chat

import (
	"bytes"
	"context"
	"slices"

	"dchat/app/errs"

	"github.com/uptrace/bun"
)

// resolveKeys answers drafts whose key is already there, in the table or earlier in the batch, and
// accepts the others for now.
func (b *batchWrite) resolveKeys(ctx context.Context) error {
	known, err := b.knownKeys(ctx)
	if err != nil {
		return err
	}
	for _, d := range b.drafts {
		id := senderKey{d.sender.ID, d.key}
		m, repeated := known[id]
		d.message, d.Err = nil, nil
		switch {
		case !repeated:
			d.message = &Message{ConversationID: d.Conversation, SenderID: d.sender.ID, Key: d.key, Digest: d.digest, Body: d.body}
			known[id] = d.message
			b.accepted = append(b.accepted, d)
		case bytes.Equal(m.Digest, d.digest):
			d.message = m
		default:
			d.Err = errs.Field("key", "Another message was sent under this key.")
		}
	}
	return nil
}

func (b *batchWrite) knownKeys(ctx context.Context) (map[senderKey]*Message, error) {
	known := map[senderKey]*Message{}
	if !b.mode.Look {
		return known, nil
	}
	keys := make([][]any, len(b.drafts))
	for i, d := range b.drafts {
		keys[i] = []any{d.sender.ID, d.key}
	}
	var rows []Message
	err := b.tx.NewSelect().Model(&rows).Where("(sender_id, key) IN ?", bun.Tuple(keys)).Scan(ctx)
	if err == nil {
		err = withAttachments(ctx, b.tx, rows)
	}
	for i := range rows {
		known[senderKey{rows[i].SenderID, rows[i].Key}] = &rows[i]
	}
	return known, err
}

// refuseNonContacts refuses what is not between contacts, and the repetitions of it in this batch.
func (b *batchWrite) refuseNonContacts() {
	b.refuse(func(d *draft) error {
		pair := b.pairs[d.Conversation]
		mine, theirs := b.side(d.Conversation, d.sender.ID), b.side(d.Conversation, d.other.ID)
		if pair != nil && mine != nil && theirs != nil && standing(pair, mine, theirs) == InContact &&
			mine.User.DeletedAt.IsZero() && theirs.User.DeletedAt.IsZero() { // the job may not have reached the pair yet
			return nil
		}
		return notContacts(d.other)
	})
}

// refuse drops the accepted drafts to which why has an answer, and the repetitions of them.
func (b *batchWrite) refuse(why func(*draft) error) {
	refused := map[*Message]error{}
	b.accepted = slices.DeleteFunc(b.accepted, func(d *draft) bool {
		err := why(d)
		if err != nil {
			refused[d.message] = err
		}
		return err != nil
	})
	for _, d := range b.drafts {
		if err := refused[d.message]; d.message != nil && err != nil {
			d.message, d.Err = nil, err
		}
	}
}
