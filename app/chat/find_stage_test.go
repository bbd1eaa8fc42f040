package chat_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/text/words"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// filled gives a person many conversations with messages of words of every frequency, and returns the messages, the
// latest first. Times repeat, some conversations have stopped, and the list does not say where the latest messages are.
func (f *fixture) filled(me *account.User, conversations int) []*chat.Message {
	f.T.Helper()
	random, now := rand.New(rand.NewPCG(1, uint64(conversations))), time.Now().UTC().Truncate(time.Second)
	var all []*chat.Message
	for i := range conversations {
		other := 1_000_000*me.ID + int64(i)
		f.Exec("INSERT INTO users (id, username, username_key, email, email_key, display_name, name_key, password_hash, created_at) VALUES (?0, ?1, ?1, ?1, ?1, ?1, ?1, 'x', ?2)", other, fmt.Sprint("other", other), now)
		f.Exec("INSERT INTO conversations (id, low_id, high_id) VALUES (?0, ?1, ?0)", other, me.ID)
		f.Exec("INSERT INTO memberships (conversation_id, user_id, other_id, shown_at) VALUES (?0, ?1, ?0, ?2)", other, me.ID, now.Add(-time.Duration(random.IntN(1000))*time.Hour))
		last := now.Add(-time.Duration(random.IntN(40)*random.IntN(40)) * time.Hour)
		count := 2 + random.IntN(25)*(1+i%2)
		f.Exec("UPDATE conversations SET last_at = ? WHERE id = ?", last, other)
		for seq := range count {
			body := fmt.Sprintf("all n%d", len(all))
			for _, w := range []struct {
				word string
				of   int
			}{{"half", 2}, {"some", 20}, {"few", 200}, {"rare", 1000}} {
				if random.IntN(w.of) == 0 {
					body += " " + w.word
				}
			}
			all = append(all, &chat.Message{ConversationID: other, Seq: int64(seq + 1), Rev: 1, SenderID: other, Key: uuid.New(), Digest: []byte{1}, Body: body, CreatedAt: last.Add(time.Duration(seq-count+1) * time.Hour)})
		}
	}
	f.save(all)
	slices.SortFunc(all, func(a, b *chat.Message) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ConversationID, a.ConversationID), cmp.Compare(b.Seq, a.Seq))
	})
	return all
}

type token struct {
	bun.BaseModel `bun:"table:message_tokens"`

	ConversationID, Seq int64
	SentAt              time.Time
	Tokens              string
}

func (f *fixture) save(all []*chat.Message) {
	f.T.Helper()
	writer := f.Connect().Writer()
	for part := range slices.Chunk(all, 1000) {
		tokens := make([]token, len(part))
		for i, m := range part {
			tokens[i] = token{ConversationID: m.ConversationID, Seq: m.Seq, SentAt: m.CreatedAt, Tokens: words.Index(m.Body)}
		}
		for _, rows := range []any{&part, &tokens} {
			_, err := writer.NewInsert().Model(rows).Exec(f.Ctx)
			require.NoError(f.T, err)
		}
	}
}

// However frequent the words are and wherever the messages: the pages are those of the plain list.
func TestFindPagesAreTheLatest(t *testing.T) {
	everywhere(t, func(f *fixture) {
		for i, conversations := range []int{1, 9, 550} {
			me := f.User(fmt.Sprint("searcher", i))
			all := f.filled(me, conversations)
			for _, hidden := range all[len(all)/3 : len(all)/3+5] {
				f.Exec("INSERT INTO message_marks (user_id, conversation_id, seq, rev, hidden) VALUES (?, ?, ?, 1, ?)", me.ID, hidden.ConversationID, hidden.Seq, true)
			}
			all = slices.Delete(all, len(all)/3, len(all)/3+5)
			for _, query := range []string{"all", "half", "some", "some half", "few", "all rare", "none"} {
				require.Equal(f.T, pagesOf(all, query), f.firstPages(me, query), "%q in %d", query, conversations)
			}
		}
	})
}

const somePages = 12

func pagesOf(all []*chat.Message, query string) []string {
	list := []string{}
	for _, m := range all {
		words := strings.Fields(m.Body)
		has := !slices.ContainsFunc(strings.Fields(query), func(w string) bool { return !slices.Contains(words, w) })
		if has && len(list) < somePages*chat.HitsPage {
			list = append(list, m.Body)
		}
	}
	return list
}

func (f *fixture) firstPages(viewer *account.User, query string) []string {
	f.T.Helper()
	list := []string{}
	for cursor, page := "", 0; page < somePages; page++ {
		hits, err := f.Find(f.Ctx, viewer, query, nil, cursor)
		require.NoError(f.T, err)
		for _, h := range hits.List {
			list = append(list, h.Message.Body)
		}
		if cursor = hits.Next; cursor == "" {
			break
		}
	}
	return list
}
