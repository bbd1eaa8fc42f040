package chat

import (
	"context"
	"fmt"
	"slices"
	"time"

	"dchat/app/account"
	"dchat/app/account/password"
	"dchat/app/store"
	"dchat/db"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// Seeding is how much Seed makes.
type Seeding struct {
	People   int // person00000, person00001 …; 2k and 2k+1 are contacts
	Messages int // in each of their conversations
	Words    int // that each message has of a language that does not exist
	Password string
}

// seedChunk is how many people share a transaction.
const seedChunk = 500

// Seed fills an empty database, straight into the tables: it is for trying out and measuring.
func Seed(ctx context.Context, database *db.DB, what Seeding) ([]account.SeededSession, error) {
	hash, err := password.NewHasher().Hash(ctx, what.Password)
	if err != nil {
		return nil, err
	}
	var all []account.SeededSession
	for from := 0; from < what.People; from += seedChunk {
		until := min(from+seedChunk, what.People)
		err := database.Write(db.WithLimits(ctx, db.Unlimited), func(ctx context.Context, tx bun.Tx) error {
			people, made, err := account.Seed(ctx, tx, from, until, hash)
			if err != nil {
				return err
			}
			all = append(all, made...)
			for i := 0; i+1 < len(people); i += 2 {
				if err := seedConversation(ctx, tx, people[i], people[i+1], what); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func seedConversation(ctx context.Context, tx bun.Tx, a, b *account.User, what Seeding) error {
	at, messages := store.Now(), what.Messages
	c := &Conversation{LowID: a.ID, HighID: b.ID, Seq: int64(messages), Rev: int64(messages), ContactAt: at, TokensSeq: int64(messages)}
	if messages > 0 {
		c.LastAt = at
	}
	if _, err := tx.NewInsert().Model(c).Returning("id").Exec(ctx); err != nil {
		return err
	}
	sides := []Membership{
		{ConversationID: c.ID, UserID: a.ID, OtherID: b.ID, LastReadSeq: c.Seq, DeliveredSeq: c.Seq, Version: 1, ShownAt: at},
		{ConversationID: c.ID, UserID: b.ID, OtherID: a.ID, LastReadSeq: c.Seq, DeliveredSeq: c.Seq, Version: 1, ShownAt: at},
	}
	if _, err := tx.NewInsert().Model(&sides).Exec(ctx); err != nil || messages == 0 {
		return err
	}
	rows := seededMessages(c.ID, a, b, what, at)
	for part := range slices.Chunk(rows, 1000) {
		if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
			return err
		}
		if err := saveTokens(ctx, tx, part...); err != nil {
			return err
		}
	}
	return nil
}

func seededMessages(conversation int64, a, b *account.User, what Seeding, at time.Time) []*Message {
	rows, language, messages := make([]*Message, what.Messages), newGibberish(conversation), what.Messages
	for i := range rows {
		sender, body := a, fmt.Sprintf("Message %d of a made-up conversation.", i+1)
		if what.Words > 0 {
			body += " " + language.words(what.Words)
		}
		if i%3 == 1 {
			sender = b
		}
		sent := at.Add(time.Duration(i-messages+1) * 7 * time.Minute)
		rows[i] = &Message{
			ConversationID: conversation, Seq: int64(i + 1), Rev: int64(i + 1), SenderID: sender.ID, Key: uuid.New(),
			Digest: digest(conversation, body, origin{}), Body: body, CreatedAt: sent,
		}
		if i > 0 {
			rows[i].PrevAt = rows[i-1].CreatedAt
		}
	}
	return rows
}
