package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"dchat/app/limit"
	"dchat/app/web"
	"dchat/db"
	"dchat/test/harness"
	"dchat/test/services"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

func TestMain(m *testing.M) { services.Main(m) }

// Short names for common types.
type (
	person  = harness.Person
	answer  = harness.Answer
	backend = harness.Backend
)

// bare is a server without anything behind it: good for its route table, and for panics.
func bare(log *slog.Logger) *web.Web {
	return web.New(web.Options{Log: log, Limit: limit.New(false)})
}

// write sends a message from a page with its script, under a key of its own.
func write(p *person, to, body string) *answer {
	return p.Post("/chats/"+to+"/messages", url.Values{"body": {body}, "key": {uuid.NewString()}}, true)
}

func wrote(t *testing.T, p *person, to, body string) {
	t.Helper()
	a := write(p, to, body)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
}

// did posts without fields and requires that it worked.
func did(t *testing.T, p *person, path string) {
	t.Helper()
	a := p.Post(path, nil, true)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
}

// truth is the stored state of some users: their rows, their relations, what they
// have read, how many messages there are between them and others, and how many browsers they use.
func truth(t *testing.T, database *db.DB, names ...string) string {
	t.Helper()
	var facts strings.Builder
	for _, query := range []string{
		`SELECT count(*), '' FROM users WHERE 1 = 1 OR username IN (?)`,
		`SELECT display_name, email, new_email, picture, show_read, show_typing, show_online, password_hash, verified_at, deleted_at, (SELECT count(*) FROM exports e WHERE e.user_id = u.id),
			(SELECT count(*) FROM uploads up WHERE up.user_id = u.id),
			(SELECT count(*) FROM push_subscriptions ps WHERE ps.user_id = u.id), sound
			FROM users u WHERE u.username IN (?) ORDER BY u.id`,
		`SELECT count(*), '' FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.username IN (?)`,
		`SELECT u.username, o.username, c.seq, c.rev, c.contact_at IS NOT NULL, m.asked_at IS NOT NULL, m.ask_hidden, m.blocked_at IS NOT NULL, m.last_read_seq,
			m.muted_until IS NOT NULL, m.pinned_at IS NOT NULL, m.archived_at IS NOT NULL, m.marked_unread
			FROM memberships m JOIN conversations c ON c.id = m.conversation_id JOIN users u ON u.id = m.user_id JOIN users o ON o.id = m.other_id
			WHERE u.username IN (?) AND (c.seq > 0 OR c.contact_at IS NOT NULL OR m.asked_at IS NOT NULL OR m.blocked_at IS NOT NULL
				OR m.muted_until IS NOT NULL OR m.pinned_at IS NOT NULL OR m.archived_at IS NOT NULL OR m.marked_unread) ORDER BY 1, 2`,
	} {
		rows, err := database.Read().QueryContext(t.Context(), query, bun.List(names))
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			require.NoError(t, rows.Scan(values...))
			for _, v := range values {
				fmt.Fprint(&facts, *v.(*any), " ")
			}
			facts.WriteByte('\n')
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
	}
	return facts.String()
}

// exec changes the database without the server.
func exec(t *testing.T, database *db.DB, query string, args ...any) {
	t.Helper()
	result, err := database.Writer().ExecContext(t.Context(), query, args...)
	require.NoError(t, err)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	require.Positive(t, n, query)
}

// count asks the database for one number.
func count(t *testing.T, database *db.DB, query string, args ...any) (n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, database.Read().QueryRowContext(ctx, query, args...).Scan(&n))
	return n
}

func messagesBetween(t *testing.T, database *db.DB, a, b string) int {
	t.Helper()
	return count(t, database, `SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id
		WHERE c.low_id IN (SELECT id FROM users WHERE username IN (?, ?)) AND c.high_id IN (SELECT id FROM users WHERE username IN (?, ?))`, a, b, a, b)
}

// messageOf returns the id of a message by a user: to another user, if there is one.
func messageOf(t *testing.T, database *db.DB, other, username string) int {
	t.Helper()
	return count(t, database, `SELECT coalesce((SELECT (m.conversation_id << 32) | m.seq FROM messages m
		JOIN memberships mb ON mb.conversation_id = m.conversation_id AND mb.user_id = m.sender_id
		JOIN users u ON u.id = mb.user_id JOIN users o ON o.id = mb.other_id
		WHERE u.username = ? ORDER BY CASE WHEN o.username = ? THEN 0 ELSE 1 END, m.seq LIMIT 1), 0)`, username, other)
}

// pageCursor finds the cursor of a page.
var pageCursor = regexp.MustCompile(`id="cursor">([^<]+)<`)
