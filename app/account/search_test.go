package account_test

import (
	"strings"
	"testing"

	"dchat/test/migrated"

	"github.com/stretchr/testify/require"
)

// Among very many people a search must not read them all.
func TestSearchUsesItsIndexes(t *testing.T) {
	f := newFixture(t, migrated.Postgres(t))
	me := f.User("searcher")
	f.Exec("INSERT INTO users (username, username_key, email, email_key, display_name, name_key, search_key, password_hash, created_at) " +
		"SELECT k, k, k, k, k, k, k, 'x', now() FROM (SELECT md5(i::text) AS k FROM generate_series(1, 30000) AS i) AS keys")
	f.Exec("VACUUM ANALYZE users") // what GIN puts off is done
	for _, query := range []string{"lukasz", "Łuk", "lukasz żółw"} {
		var plan []string
		require.NoError(t, f.DB.Read().NewRaw("EXPLAIN "+f.SearchSQL(me, query)).Scan(f.Ctx, &plan))
		text := strings.Join(plan, "\n")
		require.NotContains(t, text, "Seq Scan", query)
		for _, index := range []string{"users_username_trgm", "users_search_trgm", "users_name_trgm"} {
			require.Contains(t, text, index, query)
		}
	}
}
