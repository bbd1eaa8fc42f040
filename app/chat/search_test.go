package chat_test

import (
	"strings"
	"testing"

	"dchat/app/chat"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// found are the display names that a search finds.
func (w *world) found(viewer *chat.User, query string) []string {
	w.t.Helper()
	list, err := w.Search(w.ctx, viewer, query)
	require.NoError(w.t, err)
	names := []string{}
	for _, e := range list {
		names = append(names, e.Other.DisplayName)
	}
	return names
}

// called is somebody who has given themselves a name.
func (w *world) called(username, name string) *chat.User {
	w.t.Helper()
	u, err := w.SetProfile(w.ctx, w.person(username), name, nil)
	require.NoError(w.t, err)
	return u
}

func TestSearchFindsNamesAsPeopleSpellThem(t *testing.T) {
	spellings := map[string][]string{
		"Łukasz Żółw":       {"lukasz", "Łukasz", "LUKASZ", "zolw", "Lukasz Z", "ŻÓŁW"},
		"Søren Ærø":         {"soren", "søren", "aero", "ÆRØ"},
		"Jörg Straße":       {"strasse", "STRASSE", "straße", "jorg", "Jo\u0308rg", "ｓｔｒａｓｓｅ"},
		"Đorđe Œuvré":       {"dorde", "oeuvre", "Œuvre"},
		"İnci Işık":         {"inci", "INCI", "isik", "ışık", "IŞIK"},
		"Οδυσσεύς":          {"οδυσσευς", "ΟΔΥΣΣΕΥΣ", "οδυσσεύσ"},
		"Семён Ёлкин":       {"семен", "елкин", "ЁЛКИН"},
		"Sinéad O’Connor":   {"o'connor", "oconnor", "O’CONNOR", "sinead"},
		"ガブリエル":             {"ｶﾞﾌﾞﾘｴﾙ", "ガブ"},
		"Nguyễn Thị Minh":   {"nguyen", "NGUYỄN thi"},
		"Anne‑Marie":        {"anne-marie", "Anne–Marie"},
		"\u200fליאור\u200f": {"ליאור"},
	}
	everywhere(t, func(w *world) {
		me := w.person("searcher")
		n := 0
		for name := range spellings {
			n++
			w.called("someone"+strings.Repeat("x", n), name)
		}
		for name, queries := range spellings {
			for _, query := range queries {
				require.Equal(t, []string{strings.TrimSpace(name)}, w.found(me, query), "%s by %q", name, query)
			}
		}
		require.Empty(t, w.found(me, "’"), "nothing is left of it")
	})
}

// A node of the release before writes names without the key. They are found by its folding at once, and by
// ours when the job has been there.
func TestNamesOfTheReleaseBeforeAreFoldedAnew(t *testing.T) {
	everywhere(t, func(w *world) {
		me, old, renamed := w.person("searcher"), w.person("someone"), w.called("another", "Łukasz")
		w.exec("UPDATE users SET display_name = 'Søren Ö.', name_key = 'søren o.', search_key = '' WHERE id = ?", old.ID)
		w.exec("UPDATE users SET display_name = 'Þóra', name_key = 'þora' WHERE id = ?", renamed.ID)
		gone := w.person("leaving")
		require.NoError(t, w.DeleteAccount(w.ctx, gone, password))
		require.Empty(t, w.row(gone).SearchKey)
		w.exec("UPDATE users SET search_key = 'leaving' WHERE id = ?", gone.ID) // as such a node leaves it
		require.Equal(t, []string{"Søren Ö."}, w.found(me, "søren o"))
		require.Equal(t, []string{"Þóra"}, w.found(me, "þóra"))
		require.Empty(t, w.found(me, "soren"))

		hidden := w.person("unseen")
		w.exec("UPDATE users SET display_name = 'ㅤ' WHERE id = ?", hidden.ID)
		require.NoError(t, w.Refold(w.ctx))
		require.Equal(t, "unseen", w.row(hidden).DisplayName)
		require.Equal(t, []string{"Søren Ö."}, w.found(me, "soren"))
		require.Equal(t, []string{"Þóra"}, w.found(me, "thora"))
		require.Empty(t, w.found(me, "lukasz"))
		require.Empty(t, w.row(gone).SearchKey)
		require.NoError(t, w.Refold(w.ctx))
		require.Equal(t, []string{"Søren Ö."}, w.found(me, "soren"))
	})
}

func TestRefoldReachesEverybody(t *testing.T) {
	everywhere(t, func(w *world) {
		w.exec("INSERT INTO users (username, username_key, email, email_key, display_name, name_key, password_hash, created_at) " +
			"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) SELECT 'p' || i, 'p' || i, 'p' || i, 'p' || i, 'Ł' || i, 'ł', 'x', '2026-11-01T00:00:00Z' FROM n")
		require.NoError(t, w.Refold(w.ctx))
		require.Equal(t, 450, w.count("SELECT count(*) FROM users WHERE search_key = 'l' || substr(username, 2)"))
	})
}

// Among very many people a search must not read them all.
func TestSearchUsesItsIndexes(t *testing.T) {
	w := newWorld(t, services.Postgres(t))
	me := w.person("searcher")
	w.exec("INSERT INTO users (username, username_key, email, email_key, display_name, name_key, search_key, password_hash, created_at) " +
		"SELECT k, k, k, k, k, k, k, 'x', now() FROM (SELECT md5(i::text) AS k FROM generate_series(1, 30000) AS i) AS keys")
	w.exec("VACUUM ANALYZE users") // what GIN puts off is done
	for _, query := range []string{"lukasz", "Łuk", "lukasz żółw"} {
		var plan []string
		require.NoError(t, w.db.Read().NewRaw("EXPLAIN "+w.SearchSQL(me, query)).Scan(w.ctx, &plan))
		text := strings.Join(plan, "\n")
		require.NotContains(t, text, "Seq Scan", query)
		for _, index := range []string{"users_username_trgm", "users_search_trgm", "users_name_trgm"} {
			require.Contains(t, text, index, query)
		}
	}
}
