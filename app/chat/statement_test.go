package chat_test

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// statements are those that a function runs.
type statements struct{ list []string }

func (s *statements) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	s.list = append(s.list, event.Query)
	return ctx
}

func (s *statements) AfterQuery(context.Context, *bun.QueryEvent) {}

func (f *fixture) statements(run func(tx bun.IDB) error) []string {
	f.T.Helper()
	seen := &statements{}
	require.NoError(f.T, run(f.DB.Read().WithQueryHook(seen)))
	return seen.list
}

// A page takes one statement, and one for each of files, reactions and quotes that some of its messages have.
func TestPageTakesFewStatements(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		for range 3 {
			f.Say(ann, bob, "plain")
		}
		_, err := f.Hide(f.Ctx, bob, ann, 1)
		require.NoError(t, err)
		_, err = f.Save(f.Ctx, bob, ann, 2, true)
		require.NoError(t, err)
		id := f.Between(ann, bob).ConversationID
		count := func(want int) {
			t.Helper()
			require.Len(t, f.statements(func(tx bun.IDB) error { _, err := chat.Before(f.Ctx, tx, bob.ID, id, 0, 50); return err }), want)
			require.Len(t, f.statements(func(tx bun.IDB) error { _, _, err := chat.Since(f.Ctx, tx, bob.ID, id, 0); return err }), want)
		}
		count(1)
		for range 2 {
			_, err = f.reply(bob, ann, 2, "a reply")
			require.NoError(t, err)
		}
		count(2)
		_, err = f.React(f.Ctx, bob, ann, 2, "👍")
		require.NoError(t, err)
		_, err = f.React(f.Ctx, bob, ann, 3, "👍")
		require.NoError(t, err)
		count(3)
		f.share(ann, bob, "first")
		f.share(ann, bob, "second")
		count(4)
		require.Len(t, f.statements(func(tx bun.IDB) error { _, err := chat.Entries(f.Ctx, tx, bob, -1); return err }), 1)
	})
}

// longConversation gives two people very many messages, of which some are gone and few are unread.
func (f *fixture) longConversation(ann, bob *account.User, messages int) int64 {
	f.T.Helper()
	f.Contacts(ann, bob)
	id, now := f.Between(ann, bob).ConversationID, time.Now().UTC()
	digits := "lpad(CAST(s AS text), 12, '0')"
	if !f.DB.Postgres() {
		digits = "substr('000000000000' || s, -12)"
	}
	f.Exec(`INSERT INTO messages (conversation_id, seq, rev, sender_id, key, digest, body, created_at, deleted_at)
		SELECT ?, s, s, ?, CAST('00000000-0000-4000-8000-' || `+digits+` AS `+f.keyType()+`), '', 'x', ?, CASE WHEN s % 100 = 0 THEN `+f.now()+` END
		FROM (WITH RECURSIVE n(s) AS (SELECT 1 UNION ALL SELECT s + 1 FROM n WHERE s < ?) SELECT s FROM n) AS numbers`,
		id, ann.ID, now, messages)
	f.Exec("UPDATE conversations SET seq = ?, rev = ? WHERE id = ?", messages, messages, id)
	f.Exec("UPDATE memberships SET gone_seq = ?, last_read_seq = ?, version = version + 1 WHERE conversation_id = ?", messages, messages-300, id)
	f.Exec("INSERT INTO message_marks (user_id, conversation_id, seq, rev, hidden) SELECT ?, conversation_id, seq, seq, true FROM messages WHERE conversation_id = ? AND seq % 10 = 1", bob.ID, id)
	if f.DB.Postgres() {
		f.Exec("VACUUM ANALYZE messages, message_marks, memberships, conversations")
	} else {
		f.Exec("ANALYZE")
	}
	return id
}

func (f *fixture) now() string {
	if f.DB.Postgres() {
		return "now()"
	}
	return "'2026-01-02 03:04:05+00:00'"
}

func (f *fixture) keyType() string {
	if f.DB.Postgres() {
		return "uuid"
	}
	return "text"
}

// What a page reads of a long conversation is as much as it shows, whatever the planner thinks.
func TestLongConversationIsNotReadWhole(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		const messages = 20_000
		id := f.longConversation(ann, bob, messages)
		e := f.Between(bob, ann)
		require.EqualValues(t, 300-3-30, e.Unread())
		for what, read := range map[string]func(tx bun.IDB) error{
			"page":           func(tx bun.IDB) error { _, err := chat.Before(f.Ctx, tx, bob.ID, id, 10_000, 50); return err },
			"changes":        func(tx bun.IDB) error { _, _, err := chat.Since(f.Ctx, tx, bob.ID, id, messages-20); return err },
			"all changes":    func(tx bun.IDB) error { _, _, err := chat.Since(f.Ctx, tx, bob.ID, id, 0); return err },
			"entries":        func(tx bun.IDB) error { _, err := chat.Entries(f.Ctx, tx, bob, -1); return err },
			"no new entries": func(tx bun.IDB) error { _, err := chat.Entries(f.Ctx, tx, bob, 1<<40); return err },
		} {
			for _, query := range f.statements(read) {
				f.readsLittle(what, query)
			}
		}
	})
}

var actualRows = regexp.MustCompile(`actual (?:time=\S+ )?rows=([\d.]+) loops=(\d+)`)

// readsLittle makes sure that no step of a statement reads more than some hundred rows.
func (f *fixture) readsLittle(what, query string) {
	f.T.Helper()
	var plan []string
	if !f.DB.Postgres() {
		var steps []struct {
			ID, Parent, Notused int64
			Detail              string
		}
		require.NoError(f.T, f.DB.Read().NewRaw("EXPLAIN QUERY PLAN "+query).Scan(f.Ctx, &steps))
		for _, step := range steps {
			plan = append(plan, step.Detail)
		}
		require.NotRegexp(f.T, `(?m)^SCAN (m|g|h|mk|message\S*)( |$)`, strings.Join(plan, "\n"), what)
		return
	}
	require.NoError(f.T, f.DB.Read().NewRaw("EXPLAIN (ANALYZE, COSTS off, TIMING off) "+query).Scan(f.Ctx, &plan))
	text := strings.Join(plan, "\n")
	for _, step := range actualRows.FindAllStringSubmatch(text, -1) {
		rows, err := strconv.ParseFloat(step[1], 64)
		require.NoError(f.T, err)
		loops, err := strconv.ParseFloat(step[2], 64)
		require.NoError(f.T, err)
		require.Less(f.T, rows*loops, 1000.0, "%s\n%s", what, text)
	}
	require.NotEmpty(f.T, actualRows.FindAllString(text, -1))
}
