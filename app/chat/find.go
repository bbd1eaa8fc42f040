package chat

import (
	"context"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/store"
	"dchat/app/text/words"
	"dchat/db"

	"github.com/uptrace/bun"
)

// HitsPage is how many hits a page has.
const HitsPage = 20

// findRounds is how often a page looks for more, each time among twice as many messages, if the index has found
// messages that are no hits.
const findRounds = 6

// Find searches the viewer's messages and the names of their files, the latest first, in the conversation with one
// person or, for nil, in all.
func (s *Store) Find(ctx context.Context, viewer *account.User, query string, in *account.User, cursor string) (Hits, error) {
	f := finding{viewer: viewer, query: words.Parse(query)}
	after, err := parsePlace(cursor)
	if err != nil || f.query.Empty() {
		return Hits{}, err
	}
	if in != nil {
		f.conversation, err = s.conversationOf(ctx, viewer.ID, in.ID)
		if err != nil || f.conversation == 0 {
			return Hits{}, err
		}
	}
	var hits Hits
	err = s.db.Snapshot(db.WithLimits(ctx, findLimits), func(ctx context.Context, tx bun.Tx) error {
		f.tx = tx
		messages, next, err := f.page(ctx, after)
		if err != nil {
			return err
		}
		hits.Next = next.cursor()
		hits.List, err = withOthers(ctx, tx, viewer.ID, messages)
		return err
	})
	return hits, err
}

// findLimits are those of a search. Postgres has no statistics of words that carry their conversation.
var findLimits = db.Limits{Lock: store.LockPatience, Statement: 5 * time.Second, Idle: 5 * time.Second, Indexed: true}

// finding is one search.
type finding struct {
	tx           bun.IDB
	viewer       *account.User
	query        words.Query
	conversation int64 // 0 is all
}

// page returns the hits after a place, and the place after which the next page begins, none at the end.
func (f *finding) page(ctx context.Context, after place) (found []Message, next place, err error) {
	for limit, round := HitsPage+1, 0; round < findRounds; limit, round = 2*limit, round+1 {
		places, err := f.places(ctx, after, limit)
		if err != nil || len(places) == 0 {
			return found, place{}, err
		}
		rows, err := f.messages(ctx, places)
		if err != nil {
			return nil, place{}, err
		}
		for i, at := range places {
			m := rows[at.key()]
			if m == nil || !f.query.Match(m.texts()...) {
				continue
			}
			found = append(found, *m)
			if len(found) == HitsPage && (i+1 < len(places) || len(places) == limit) {
				return found, at, nil
			}
		}
		if len(places) < limit {
			return found, place{}, nil
		}
		after = places[len(places)-1]
	}
	return found, after, nil
}

// messages returns those that the viewer may see.
func (f *finding) messages(ctx context.Context, places []place) (map[attachment.Place]*Message, error) {
	keys := make([][]any, len(places))
	for i, p := range places {
		keys[i] = []any{p.ConversationID, p.Seq}
	}
	var rows []Message
	err := selectMessages(f.tx, &rows, f.viewer.ID).Where("(m.conversation_id, m.seq) IN ?", bun.Tuple(keys)).
		Where("m.deleted_at IS NULL").Where("m.expires_at IS NULL OR m.expires_at > ?", store.Now()).Where("m.notice = ''").
		Where("NOT coalesce(mk.hidden, ?)", false).Scan(ctx)
	if err == nil {
		err = files(ctx, f.tx, pointers(rows))
	}
	found := make(map[attachment.Place]*Message, len(rows))
	for i := range rows {
		found[rows[i].place()] = &rows[i]
	}
	return found, err
}

// texts are what a search looks at.
func (m *Message) texts() []string {
	texts := make([]string, 0, len(m.Attachments)+1)
	texts = append(texts, m.Body)
	for i := range m.Attachments {
		texts = append(texts, m.Attachments[i].Name)
	}
	return texts
}
