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
