package chat_test

import (
	"strings"
	"testing"

	"dchat/app/account"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func TestSearchRanksAndFolds(t *testing.T) {
	everywhere(t, func(f *fixture) {
		me := f.User("searcher")
		for _, name := range []string{"jonas", "jonas_berg", "big-jonas", "Ann_B", "a%c.d"[:1] + "_100"} {
			f.User(name)
		}
		names := func(query string) (found []string) {
			list, err := f.Search(f.Ctx, me, query)
			require.NoError(t, err)
			for _, e := range list {
				found = append(found, e.Other.Username)
			}
			return found
		}
		require.Equal(t, []string{"jonas", "jonas_berg", "big-jonas"}, names("Jonas"), "exact, prefix, contains")
		require.Equal(t, []string{"jonas", "jonas_berg", "big-jonas"}, names(" @JÖNÁS "))
		require.Equal(t, []string{"jonas_berg"}, names("s_b"), "wildcards mean themselves")
		require.Empty(t, names("%"))
		require.Empty(t, names("nas%berg"))
		require.Equal(t, []string{"jonas", "jonas_berg"}, names("jo"), "short queries find beginnings")
		require.Empty(t, names("searcher"), "not oneself")
		require.Empty(t, names(""))
		require.Empty(t, names("\x00"))
		require.Empty(t, names(strings.Repeat("x", 500)))
	})
}

// found are the display names that a search finds.
func (f *fixture) found(viewer *account.User, query string) []string {
	f.T.Helper()
	list, err := f.Search(f.Ctx, viewer, query)
	require.NoError(f.T, err)
	names := []string{}
	for _, e := range list {
		names = append(names, e.Other.DisplayName)
	}
	return names
}

// called makes a user with a display name.
func (f *fixture) called(username, name string) *account.User {
	f.T.Helper()
	u, err := f.SetProfile(f.Ctx, f.User(username), name, nil)
	require.NoError(f.T, err)
	return u
}

func TestSearchFindsSpellingVariants(t *testing.T) {
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
	everywhere(t, func(f *fixture) {
		me := f.User("searcher")
		n := 0
		for name := range spellings {
			n++
			f.called("someone"+strings.Repeat("x", n), name)
		}
		for name, queries := range spellings {
			for _, query := range queries {
				require.Equal(t, []string{strings.TrimSpace(name)}, f.found(me, query), "%s by %q", name, query)
			}
		}
		require.Empty(t, f.found(me, "’"), "nothing is left of it")
	})
}

// A node of the release before writes names without the key. They are found by its folding at once, and by
// ours when the job has been there.
func TestSearchKeysOfPreviousReleaseAreRefreshed(t *testing.T) {
	everywhere(t, func(f *fixture) {
		me, old, renamed := f.User("searcher"), f.User("someone"), f.called("another", "Łukasz")
		f.Exec("UPDATE users SET display_name = 'Søren Ö.', name_key = 'søren o.', search_key = '' WHERE id = ?", old.ID)
		f.Exec("UPDATE users SET display_name = 'Þóra', name_key = 'þora' WHERE id = ?", renamed.ID)
		gone := f.User("leaving")
		require.NoError(t, f.DeleteAccount(f.Ctx, gone, domain.Password))
		require.Empty(t, f.Row(gone).SearchKey)
		f.Exec("UPDATE users SET search_key = 'leaving' WHERE id = ?", gone.ID) // as such a node leaves it
		require.Equal(t, []string{"Søren Ö."}, f.found(me, "søren o"))
		require.Equal(t, []string{"Þóra"}, f.found(me, "þóra"))
		require.Empty(t, f.found(me, "soren"))

		hidden := f.User("unseen")
		f.Exec("UPDATE users SET display_name = 'ㅤ' WHERE id = ?", hidden.ID)
		require.NoError(t, f.RefreshSearchKeys(f.Ctx))
		require.Equal(t, "unseen", f.Row(hidden).DisplayName)
		require.Equal(t, []string{"Søren Ö."}, f.found(me, "soren"))
		require.Equal(t, []string{"Þóra"}, f.found(me, "thora"))
		require.Empty(t, f.found(me, "lukasz"))
		require.Empty(t, f.Row(gone).SearchKey)
		require.NoError(t, f.RefreshSearchKeys(f.Ctx))
		require.Equal(t, []string{"Søren Ö."}, f.found(me, "soren"))
	})
}

func TestRefreshSearchKeysReachesEveryUser(t *testing.T) {
	everywhere(t, func(f *fixture) {
		f.Exec("INSERT INTO users (username, username_key, email, email_key, display_name, name_key, password_hash, created_at) " +
			"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) SELECT 'p' || i, 'p' || i, 'p' || i, 'p' || i, 'Ł' || i, 'ł', 'x', '2026-11-01T00:00:00Z' FROM n")
		require.NoError(t, f.RefreshSearchKeys(f.Ctx))
		require.Equal(t, 450, f.Count("SELECT count(*) FROM users WHERE search_key = 'l' || substr(username, 2)"))
	})
}
