package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A database of the first release keeps its rows and constraints.
func TestUpgradeKeepsRows(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		d := open(t, dsn)
		require.NoError(t, d.MigrateTo(t.Context(), 1))
		exec := func(query string) error {
			_, err := d.Writer().ExecContext(t.Context(), query)
			return err
		}
		user := func(columns string) string {
			return "INSERT INTO users (username, username_key, email, email_key, display_name, name_key, password_hash, created_at" + columns
		}
		for _, name := range []string{"anna", "bert"} {
			require.NoError(t, exec(user(") VALUES ('"+name+"', '"+name+"', '"+name+"@example.org', '"+name+"@example.org', '"+name+"', '"+name+"', 'x', '2026-11-01T00:00:00Z')")))
		}
		require.NoError(t, exec("INSERT INTO person_versions SELECT id, 7 FROM users"))
		require.NoError(t, exec("INSERT INTO conversations (low_id, high_id, seq) SELECT min(id), max(id), 3 FROM users"))

		require.NoError(t, d.Migrate(t.Context()))
		var people, versions, pairs int
		require.NoError(t, d.Read().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM users WHERE picture = '' AND deleted_at IS NULL),
			(SELECT count(*) FROM person_versions JOIN users ON id = user_id WHERE version = 7),
			(SELECT count(*) FROM conversations JOIN users ON users.id = low_id WHERE seq = 3)`).Scan(&people, &versions, &pairs))
		require.Equal(t, []int{2, 2, 1}, []int{people, versions, pairs})

		third := func(username, email, verified string) error {
			return exec(user(", verified_at) VALUES ('" + username + "', '" + username + "', '" + email + "', '" + email + "', 'n', 'n', 'x', '2026-11-01T00:00:00Z', " + verified + ")"))
		}
		require.Error(t, third("anna", "other@example.org", "NULL"), "a username is given once")
		require.NoError(t, third("carl", "anna@example.org", "NULL"), "an address may be claimed by several")
		require.NoError(t, third("dora", "anna@example.org", "'2026-11-02T00:00:00Z'"))
		require.Error(t, third("emil", "anna@example.org", "'2026-11-02T00:00:00Z'"), "and confirmed by one")
		require.Error(t, exec("INSERT INTO person_versions VALUES (999, 1)"), "foreign keys hold")
	})
}

// Nodes of the release before go on writing to the tables of messages while this release runs beside them, and what they
// write is what it would be without them.
func TestReleaseBeforeWritesToNewSchema(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		d := open(t, dsn)
		require.NoError(t, d.MigrateTo(t.Context(), 9))
		exec := func(query string) {
			t.Helper()
			_, err := d.Writer().ExecContext(t.Context(), query)
			require.NoError(t, err)
		}
		for _, name := range []string{"anna", "bert"} {
			exec("INSERT INTO users (username, username_key, email, email_key, display_name, name_key, password_hash, created_at) VALUES ('" +
				name + "', '" + name + "', '', '', '" + name + "', '" + name + "', 'x', '2026-11-01T00:00:00Z')")
		}
		exec("INSERT INTO conversations (low_id, high_id, seq, rev, contact_at) SELECT min(id), max(id), 0, 0, '2026-11-01T00:00:00Z' FROM users")
		exec("INSERT INTO memberships (conversation_id, user_id, other_id) SELECT c.id, low_id, high_id FROM conversations AS c UNION ALL SELECT c.id, high_id, low_id FROM conversations AS c")
		// What the release before does to send, to read and to delete a conversation.
		send := func(seq, key string) {
			t.Helper()
			exec("INSERT INTO messages (conversation_id, seq, rev, sender_id, key, digest, body, created_at, prev_at, edited_at, deleted_at, files, images) SELECT id, " + seq + ", " + seq +
				", low_id, '0b1f3c5a-0000-4000-8000-00000000abc" + key + "', 'x', 'x', '2026-11-01T00:00:00Z', NULL, NULL, NULL, 0, 0 FROM conversations")
			exec("UPDATE conversations SET seq = " + seq + ", rev = " + seq + ", last_at = '2026-11-01T00:00:00Z'")
			exec("UPDATE memberships SET last_read_seq = " + seq + ", own_after = 0, version = version + 1 WHERE user_id = (SELECT low_id FROM conversations)")
		}
		send("1", "1")
		require.NoError(t, d.Migrate(t.Context()))
		exec("UPDATE conversations SET timer = 86400")
		exec("UPDATE memberships SET gone_seq = 1, muted_until = '2026-11-01T00:00:00Z', archived_at = '2026-11-01T00:00:00Z', marked_unread = true")
		exec("INSERT INTO reactions (conversation_id, seq, user_id, emoji, reacted_at) SELECT id, 1, high_id, 'x', '2026-11-01T00:00:00Z' FROM conversations")
		send("2", "2")
		var plain, kept int
		require.NoError(t, d.Read().QueryRowContext(t.Context(), `SELECT
			(SELECT count(*) FROM messages WHERE reply_seq = 0 AND NOT forwarded AND notice = '' AND reacted = 0 AND expires_at IS NULL),
			(SELECT count(*) FROM conversations JOIN memberships ON conversation_id = id WHERE timer = 86400 AND gone_seq = 1
				AND muted_until IS NOT NULL AND archived_at IS NOT NULL AND pinned_at IS NULL AND marked_unread)`).Scan(&plain, &kept))
		require.Equal(t, []int{2, 2}, []int{plain, kept})
		for _, table := range []string{"attachments", "messages", "memberships"} {
			exec("DELETE FROM " + table + " WHERE conversation_id IN (SELECT id FROM conversations)")
		}
		exec("DELETE FROM conversations") // no foreign key of a table that it does not know stands in its way
	})
}

// Nodes of the release before make people and mark what they read without the columns of receipts.
func TestReleaseBeforeKnowsNoReceipts(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		d := open(t, dsn)
		exec := func(query string) {
			t.Helper()
			_, err := d.Writer().ExecContext(t.Context(), query)
			require.NoError(t, err)
		}
		person := func(name string) {
			t.Helper()
			exec("INSERT INTO users (username, username_key, email, email_key, display_name, name_key, password_hash, created_at) VALUES ('" +
				name + "', '" + name + "', '', '', '" + name + "', '" + name + "', 'x', '2026-11-01T00:00:00Z')")
		}
		require.NoError(t, d.MigrateTo(t.Context(), 11))
		person("anna")
		require.NoError(t, d.Migrate(t.Context()))
		person("bert")
		exec("INSERT INTO conversations (low_id, high_id, seq) SELECT min(id), max(id), 5 FROM users")
		exec("INSERT INTO memberships (conversation_id, user_id, other_id) SELECT c.id, low_id, high_id FROM conversations AS c")
		exec("UPDATE memberships SET delivered_seq = 4")
		exec("UPDATE memberships SET last_read_seq = 5, own_after = 0, gone_seq = 0, version = 1")
		var shown, kept int
		require.NoError(t, d.Read().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM users WHERE show_read AND show_typing AND show_online),
			(SELECT count(*) FROM memberships WHERE delivered_seq = 4 AND last_read_seq = 5)`).Scan(&shown, &kept))
		require.Equal(t, []int{2, 1}, []int{shown, kept})
		exec("DELETE FROM memberships")
		exec("DELETE FROM conversations") // message_reads does not stand in its way
	})
}
