package chat

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/errs"
	"dchat/app/text"

	"github.com/uptrace/bun"
)

// Reaction is one person's answer to a message by an emoji.
type Reaction struct {
	bun.BaseModel `bun:"table:reactions,alias:r"`

	ConversationID int64 `bun:",pk"`
	Seq            int64 `bun:",pk"`
	UserID         int64 `bun:",pk"`
	Emoji          string
	ReactedAt      time.Time
}

// React sets the viewer's reaction to a message; "" takes it away.
func (s *Store) React(ctx context.Context, viewer, other *account.User, seq int64, emoji string) (*Message, error) {
	if emoji != "" && !text.Emoji(emoji) {
		return nil, errs.Field("emoji", "A reaction is one emoji.")
	}
	return s.act(ctx, viewer, other, seq, func(ctx context.Context, a *action) error {
		mine := &Reaction{ConversationID: a.ID, Seq: seq, UserID: viewer.ID, Emoji: emoji, ReactedAt: a.at}
		had, err := reactionOf(ctx, a.tx, *mine)
		if err != nil || had == emoji && !a.message.Hidden {
			return err
		}
		if err := a.allowed(other); err != nil {
			return err
		}
		a.change(a.mine, a.theirs)
		if emoji == "" {
			_, err = a.tx.NewDelete().Model(mine).WherePK().Exec(ctx)
		} else {
			_, err = a.tx.NewInsert().Model(mine).On("CONFLICT (conversation_id, seq, user_id) DO UPDATE").
				Set("emoji = excluded.emoji").Set("reacted_at = excluded.reacted_at").Exec(ctx)
		}
		if err != nil {
			return err
		}
		_, err = a.tx.NewUpdate().Model((*Message)(nil)).Set("rev = ?", a.Rev).
			Set("reacted = (SELECT count(*) FROM reactions AS r WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq)").
			Where("conversation_id = ?", a.ID).Where("seq = ?", seq).Exec(ctx)
		return err
	})
}

// reactionOf returns a person's reaction to a message, "" if there is none.
func reactionOf(ctx context.Context, tx bun.IDB, r Reaction) (string, error) {
	err := tx.NewSelect().Model(&r).WherePK().Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return r.Emoji, err
}

// reactions completes messages with the reactions to them.
func reactions(ctx context.Context, tx bun.IDB, rows []*Message) error {
	var keys [][]any
	for _, m := range rows {
		if m.Reacted > 0 {
			keys = append(keys, []any{m.ConversationID, m.Seq})
		}
	}
	if len(keys) == 0 {
		return nil
	}
	var found []Reaction
	err := tx.NewSelect().Model(&found).Where("(conversation_id, seq) IN ?", bun.Tuple(keys)).Order("reacted_at", "user_id").Scan(ctx)
	of := map[attachment.Place][]Reaction{}
	for _, r := range found {
		at := attachment.Place{ConversationID: r.ConversationID, Seq: r.Seq}
		of[at] = append(of[at], r)
	}
	for _, m := range rows {
		if m.Reacted > 0 {
			m.Reactions = of[m.place()]
			m.Reacted = len(m.Reactions)
		}
	}
	return err
}
