package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/test/migrated"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// hits are the texts of the messages that a search finds, all pages of it.
func (f *fixture) hits(viewer *account.User, query string, in *account.User) []string {
	f.T.Helper()
	bodies := []string{}
	for cursor, page := "", 0; ; page++ {
		require.Less(f.T, page, 50, "the pages end")
		hits, err := f.Find(f.Ctx, viewer, query, in, cursor)
		require.NoError(f.T, err)
		for _, h := range hits.List {
			bodies = append(bodies, h.Message.Body)
		}
		if cursor = hits.Next; cursor == "" {
			return bodies
		}
	}
}

// sayWith sends a message with a file.
func (f *fixture) sayWith(from, to *account.User, body, name string) *chat.Message {
	f.T.Helper()
	a, err := f.AddAttachment(f.Ctx, from, uuid.NewString(), attachment.Stored{Name: name, Type: "text/plain", Blob: uuid.NewString(), Size: 1, SHA256: []byte{1}})
	require.NoError(f.T, err)
	m, err := f.Send(f.Ctx, from, to, uuid.New(), body, a.ID)
	require.NoError(f.T, err)
	return m
}

// What each query must find, the latest first, and nothing else.
func TestFindTable(t *testing.T) {
	texts := []string{
		"Un café crème, s’il te plaît", "Die Straße nach Łódź", "Søren und Đorđe", "ΟΔΥΣΣΕΎΣ", "de l'eau", "I don’t know, Mr O'Brien",
		"私は日本語を話す", "日本と本語", "저는 학교에서 배웁니다", "ผมกินข้าวแล้ว", "İstanbul'da", "snake_case_name 👍🏽", "100% of it: a'b\\c \"quoted\" & (x|y) !z <-> w:*",
		"Ёлка", "the last one is the longest one",
	}
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		for _, text := range texts {
			f.Say(ann, bob, text)
		}
		f.sayWith(bob, ann, "see here", "Überblick_2026 final.pdf")
		for query, want := range map[string][]int{
			"cafe": {0}, "CAFÉ": {0}, "creme cafe": {0}, "plait": {0}, "sil": {0}, "strasse": {1}, "STRASSE lodz": {1}, "stra": {1}, "soren": {2}, "djordje": nil, "Đorđe": {2},
			"οδυσσευς": {3}, "οδυσ": {3}, "eau": {4}, "l’eau": {4}, "leau": {4}, "dont": {5}, "don't": {5}, "obrien": {5}, "o'br": {5}, "brien": {5},
			"日本": {7, 6}, "日本語": {6}, "語": {7, 6}, "話す": {6}, "학교": {8}, "ข้าว": {9}, "istanbul": {10}, "case": {11}, "👍": {11}, "елка": {13},
			"a'b": {12}, `c "quoted"`: {12}, "100%": {12}, "x|y": {12}, "w:*": {12}, "' OR 1=1 --": nil, "one the last": {14}, "one the las tlast": nil, "ast": nil,
			"!?": nil, "": nil, " ": nil, "\x00": nil, "last": {14}, "la": {14},
		} {
			expected := []string{}
			for _, i := range want {
				expected = append(expected, texts[i])
			}
			require.Equal(f.T, expected, f.hits(bob, query, nil), "%q", query)
			require.Equal(f.T, expected, f.hits(ann, query, bob), "%q", query)
		}
		for _, query := range []string{"uberblick", "2026", "final.pdf", "see überbl", "pdf here"} {
			require.Equal(f.T, []string{"see here"}, f.hits(ann, query, nil), "%q", query)
		}
	})
}

func TestFindInOneConversationOrAll(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, eve := f.User("anna"), f.User("bobby"), f.User("evelyn")
		f.Contacts(ann, bob)
		f.Contacts(ann, eve)
		f.Say(ann, bob, "secret one")
		f.Say(eve, ann, "secret two")
		f.Say(bob, ann, "secret three")
		require.Equal(f.T, []string{"secret three", "secret two", "secret one"}, f.hits(ann, "secret", nil))
		require.Equal(f.T, []string{"secret three", "secret one"}, f.hits(bob, "secret", nil))
		require.Equal(f.T, []string{"secret two"}, f.hits(ann, "secret", eve))
		require.Empty(f.T, f.hits(bob, "secret", eve), "they have no conversation")
		require.Empty(f.T, f.hits(f.User("outsider"), "secret", nil))
		hits, err := f.Find(f.Ctx, ann, "two", nil, "")
		require.NoError(f.T, err)
		require.Equal(f.T, "evelyn", hits.List[0].Other.Username)
		require.Equal(f.T, eve.ID, hits.List[0].Message.SenderID)
		require.Empty(f.T, hits.List[0].Other.Email, "no more than anyone may know")

		require.NoError(f.T, only2(f.Block(f.Ctx, bob, ann)))
		require.Equal(f.T, []string{"secret three", "secret one"}, f.hits(ann, "secret", bob), "what can be read can be found")
		require.Equal(f.T, []string{"secret three", "secret one"}, f.hits(bob, "secret", ann))
	})
}

func only2(_ chat.Entry, err error) error { return err }

func TestFindLeavesOutWhatIsGone(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		id := f.Between(ann, bob).ConversationID
		for _, body := range []string{"word kept", "word deleted", "word hidden", "word expired", "word expiring", "word notice"} {
			f.Say(ann, bob, body)
		}
		at := func(set, body string, args ...any) {
			f.Exec("UPDATE messages SET "+set+" WHERE body = ?", append(args, body)...)
		}
		at("deleted_at = ?", "word deleted", time.Now().UTC())
		at("expires_at = ?", "word expired", time.Now().UTC().Add(-time.Second))
		at("expires_at = ?", "word expiring", time.Now().UTC().Add(time.Hour))
		at("notice = 'timer'", "word notice")
		f.Exec("INSERT INTO message_marks (user_id, conversation_id, seq, rev, hidden) VALUES (?, ?, 3, 9, ?)", bob.ID, id, true)
		f.Exec("INSERT INTO message_marks (user_id, conversation_id, seq, rev, hidden) VALUES (?, ?, 1, 9, ?)", bob.ID, id, false)
		require.Equal(f.T, []string{"word expiring", "word kept"}, f.hits(bob, "word", nil))
		require.Equal(f.T, []string{"word expiring", "word hidden", "word kept"}, f.hits(ann, "word", bob))
	})
}

func TestFindFollowsEditsAndDeletions(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, eve := f.User("anna"), f.User("bobby"), f.User("evelyn")
		f.Contacts(ann, bob)
		f.Contacts(ann, eve)
		edited, deleted := f.sayWith(ann, bob, "before", "file.pdf"), f.sayWith(ann, bob, "before", "other.pdf")
		require.Len(f.T, f.hits(bob, "before pdf", nil), 2)
		_, err := f.Edit(f.Ctx, ann, bob, edited.Seq, edited.Rev, "after")
		require.NoError(f.T, err)
		require.Equal(f.T, []string{"before"}, f.hits(bob, "before", nil))
		require.Equal(f.T, []string{"after"}, f.hits(bob, "after file", nil), "the file stays")
		_, err = f.Delete(f.Ctx, ann, bob, deleted.Seq)
		require.NoError(f.T, err)
		require.Equal(f.T, []string{"after"}, f.hits(bob, "pdf", nil))
		require.Equal(f.T, 1, f.Count("SELECT count(*) FROM message_tokens"))

		require.NoError(f.T, f.Forward(f.Ctx, ann, bob, edited.Seq, []*account.User{eve}, uuid.New()))
		require.Equal(f.T, []string{"after"}, f.hits(eve, "after", nil))
		_, err = f.Hide(f.Ctx, bob, ann, edited.Seq)
		require.NoError(f.T, err)
		require.Empty(f.T, f.hits(bob, "pdf", nil))
		require.Equal(f.T, []string{"after"}, f.hits(ann, "after", bob))
		require.Zero(f.T, f.Count("SELECT count(*) FROM conversations WHERE tokens_seq < seq"))
	})
}

func TestFindPages(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, eve := f.User("anna"), f.User("bobby"), f.User("evelyn")
		f.Contacts(ann, bob)
		f.Contacts(ann, eve)
		var want []string
		for i := range 70 {
			body := fmt.Sprintf("number %d", i)
			if i%3 == 0 {
				f.Say(bob, ann, body)
			} else {
				f.Say(ann, eve, body)
			}
			want = append(want, body)
		}
		f.Exec("UPDATE messages SET created_at = ?", time.Now().UTC().Truncate(time.Second))
		f.Exec("UPDATE message_tokens SET sent_at = ?", time.Now().UTC().Truncate(time.Second))
		got := f.hits(ann, "number", nil)
		slices.Sort(got)
		slices.Sort(want)
		require.Equal(f.T, want, got, "messages of one moment are on one page each, and each once")

		first, err := f.Find(f.Ctx, ann, "number", nil, "")
		require.NoError(f.T, err)
		require.Len(f.T, first.List, chat.HitsPage)
		for _, cursor := range []string{"x", first.Next + "A", "MSAxIDF4", strings.Repeat("A", 500), "1y2p0ij32e8e7.1.1"} {
			_, err := f.Find(f.Ctx, ann, "number", nil, cursor)
			require.Equal(f.T, errs.NotFound, errs.CodeOf(err), cursor)
		}
	})
}

// Where the index finds much that lacks the run of characters, pages go on to what has it.
func TestFindReadsOnOverFalseHits(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "東京都")
		for range 50 {
			f.Say(ann, bob, "東京 京都")
		}
		require.Equal(f.T, []string{"東京都"}, f.hits(bob, "東京都", nil))
	})
}

func TestTokensOfAbandonedConversationsGo(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.Say(ann, bob, "word")
		f.Exec("UPDATE users SET deleted_at = ?", time.Now().UTC())
		require.NoError(f.T, f.Sweep(f.Ctx))
		require.Zero(f.T, f.Count("SELECT count(*) FROM message_tokens"))
	})
}

func TestFillTokens(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, eve := f.User("anna"), f.User("bobby"), f.User("evelyn")
		f.Contacts(ann, bob)
		f.Contacts(ann, eve)
		for i := range 130 {
			f.Say(ann, bob, fmt.Sprintf("word %d", i))
		}
		f.sayWith(eve, ann, "word", "file.pdf")
		require.Zero(f.T, f.Count("SELECT count(*) FROM conversations WHERE tokens_seq < seq"), "nothing is left to do")
		f.Exec("DELETE FROM message_tokens") // as if a node of the release before had stored them
		f.Exec("UPDATE conversations SET tokens_seq = 0")
		f.Exec("UPDATE messages SET deleted_at = ? WHERE body = 'word 7'", time.Now().UTC())
		f.Say(bob, ann, "word of a new node")
		require.Equal(f.T, []string{"word of a new node"}, f.hits(ann, "word", nil))

		require.NoError(f.T, f.FillTokens(f.Ctx))
		require.Len(f.T, f.hits(ann, "word", bob), 130)
		require.Equal(f.T, []string{"word"}, f.hits(ann, "file pdf", nil))
		require.Equal(f.T, 131, f.Count("SELECT count(*) FROM message_tokens"), "a deleted message has none")
		require.Zero(f.T, f.Count("SELECT count(*) FROM conversations WHERE tokens_seq < seq"))
		f.Say(bob, ann, "and the next")
		require.Zero(f.T, f.Count("SELECT count(*) FROM conversations WHERE tokens_seq < seq"), "sending keeps up by itself")
	})
}

// The searcher has many conversations, since of these the planner has made a sort of all messages.
func TestFindUsesItsIndexOnPostgres(t *testing.T) {
	f := newFixture(t, migrated.Postgres(t))
	me := f.User("searcher")
	f.Exec("INSERT INTO users (username, username_key, email, email_key, display_name, name_key, password_hash, created_at) " +
		"SELECT k, k, k, k, k, k, 'x', now() FROM (SELECT md5(i::text) AS k FROM generate_series(1, 500) AS i) AS keys")
	f.Exec("INSERT INTO conversations (low_id, high_id) SELECT least(id, ?0), greatest(id, ?0) FROM users WHERE id <> ?0", me.ID)
	f.Exec("INSERT INTO memberships (conversation_id, user_id, other_id) SELECT id, ?0, low_id + high_id - ?0 FROM conversations", me.ID)
	f.Exec("INSERT INTO message_tokens SELECT i / 100, i % 100 + 1, now(), 'the word' || (i % 1000) || ' of ' || md5(i::text) FROM generate_series(1, 50000) AS i")
	f.Exec("VACUUM ANALYZE")
	for _, query := range []string{"the word7", "w", "日本語", "the of wor"} {
		index, walk, err := f.FindPlans(f.Ctx, me, query, "EXPLAIN")
		require.NoError(t, err)
		require.Regexp(t, "Nested Loop.*memberships.*Limit.*Bitmap Index Scan on message_tokens_words", index, "%q: conversation by conversation", query)
		require.Regexp(t, "Nested Loop.*memberships.*Limit.*Index Scan Backward using message_tokens_pkey", walk, "%q: so many of each", query)
		for _, plan := range []string{index, walk} {
			require.NotContains(t, plan, "Seq Scan", query)
			require.NotContains(t, plan, "JIT", query)
		}
	}
}

func TestFindUsesItsIndexOnSQLite(t *testing.T) {
	f := newFixture(t, migrated.SQLite(t, t.TempDir()+"/dchat.db"))
	me := f.User("searcher")
	for _, query := range []string{"the word7", "日本語"} {
		index, walk, err := f.FindPlans(f.Ctx, me, query, "EXPLAIN QUERY PLAN")
		require.NoError(t, err)
		require.Contains(t, index, "SEARCH mb", query)
		require.Regexp(t, `SCAN f VIRTUAL TABLE INDEX \d+:M`, index, query)
		require.Regexp(t, `SEARCH t USING INDEX sqlite_autoindex_message_tokens_1 \(conversation_id=\? AND seq=\?\)`, index, query)
		require.Contains(t, walk, "SEARCH mb", query)
		require.Contains(t, walk, "SEARCH t USING COVERING INDEX sqlite_autoindex_message_tokens_1 (conversation_id=?)", query)
	}
}
