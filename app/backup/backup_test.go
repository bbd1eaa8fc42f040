package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dchat/app/attachment"
	"dchat/app/files"
	"dchat/app/jobs"
	"dchat/db"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

func TestMain(m *testing.M) { services.Main(m) }

// house is a database and a folder.
type house struct {
	Options
	disk *files.Disk
	dir  string
}

func everywhere(t *testing.T, test func(t *testing.T, dsn func() string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, func() string { return "sqlite:" + t.TempDir() + "/dchat.db" }) })
	t.Run("postgres", func(t *testing.T) { test(t, func() string { return services.Postgres(t) }) })
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), Options: Options{Version: "test", Log: slog.New(slog.DiscardHandler)}}
	var err error
	h.disk, err = files.NewDisk(h.dir)
	require.NoError(t, err)
	h.Files, h.Scratch = h.disk, h.disk.Scratch
	h.DB, err = db.Open(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = errors.Join(h.disk.Close(), h.DB.Close()) })
	h.Jobs, err = jobs.New(jobs.Options{DB: h.DB, Log: h.Log})
	require.NoError(t, err)
	return h
}

func (h *house) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := h.DB.Writer().ExecContext(t.Context(), query, args...)
	require.NoError(t, err)
}

const addUser = "INSERT INTO users (username, username_key, email, email_key, display_name, name_key, password_hash, picture, verified_at, created_at) VALUES (?0, ?0, ?0, ?0, ?1, ?0, 'x', ?2, ?3, ?4)"

// furnish fills a database with rows that are hard to archive, and a file of size bytes.
func (h *house) furnish(t *testing.T, size int) (blob string) {
	t.Helper()
	require.NoError(t, h.DB.Migrate(t.Context()))
	at := time.Date(2026, 11, 1, 12, 30, 15, 120_000, time.UTC)
	blob = files.NewName()
	_, err := h.disk.Put(t.Context(), blob, io.LimitReader(rand.Reader, int64(size)))
	require.NoError(t, err)
	h.exec(t, addUser, "anna", `"quoted" 'n' \slashed\, <b> ? ?0 {} `+"\u2028 \t\n äß €🙂", "", nil, at)
	h.exec(t, addUser, "bert", "", "", at.Add(time.Nanosecond*1000), at.Add(time.Hour))
	h.exec(t, "INSERT INTO sessions (user_id, token_hash, user_agent, created_at, seen_at, expires_at) SELECT id, ?, '', ?1, ?1, ?1 FROM users WHERE username = 'anna'", []byte{0, 255, '\'', '\\'}, at)
	h.exec(t, "INSERT INTO conversations (id, low_id, high_id, seq) SELECT 9007199254740993, min(id), max(id), 1 FROM users")
	h.exec(t, "INSERT INTO memberships (conversation_id, user_id, other_id, ask_hidden) SELECT id, low_id, high_id, true FROM conversations")
	h.exec(t, "INSERT INTO messages (conversation_id, seq, rev, sender_id, key, digest, body, created_at, files) SELECT id, 1, 1, low_id, '0b1f3c5a-0000-4000-8000-00000000abcd', ?, ?, ?, 1 FROM conversations", []byte{}, strings.Repeat("🙂", 10_000), at)
	h.exec(t, "UPDATE conversations SET timer = 86400")
	h.exec(t, "UPDATE memberships SET gone_seq = 1, muted_until = ?0, pinned_at = ?0, archived_at = ?0, marked_unread = true", at)
	h.exec(t, "UPDATE messages SET reply_seq = 7, forwarded = true, notice = 'timer', reacted = 1, expires_at = ?", at.Add(24*time.Hour))
	h.exec(t, "INSERT INTO message_edits (conversation_id, seq, rev, body, written_at) SELECT id, 1, 1, 'before', ? FROM conversations", at)
	h.exec(t, "INSERT INTO reactions (conversation_id, seq, user_id, emoji, reacted_at) SELECT id, 1, high_id, '👍🏽', ? FROM conversations", at)
	h.exec(t, "INSERT INTO message_marks (user_id, conversation_id, seq, rev, hidden, saved_at) SELECT low_id, id, 1, 2, true, ? FROM conversations", at)
	h.exec(t, "INSERT INTO message_tokens (conversation_id, seq, sent_at, tokens) SELECT id, 1, ?, 'strasse 日 日本' FROM conversations", at)
	h.exec(t, "INSERT INTO attachments (id, owner_id, name, type, size, sha256, blob, created_at) SELECT 'at', min(id), 'n', 't', ?, ?, ?, ? FROM users", size, []byte{1}, blob, at)
	h.exec(t, "INSERT INTO uploads (id, user_id, name, size, digest, created_at, seen_at) SELECT 'up', min(id), 'n', 1, ?, ?, ? FROM users", []byte{1}, at, at)
	return blob
}

// contents are all rows, in no order that matters.
func (h *house) contents(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	require.NoError(t, h.DB.Snapshot(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		tables, err := db.Tables(ctx, tx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			slices.SortFunc(table.Columns, func(a, b db.Column) int { return strings.Compare(a.Name, b.Name) })
			err := eachRow(ctx, tx, table, func(row []any) error {
				all[table.Name] = append(all[table.Name], fmt.Sprintf("%v", row))
				return nil
			})
			if err != nil {
				return err
			}
			slices.Sort(all[table.Name])
		}
		return nil
	}))
	return all
}

func TestARoundTripBetweenAllDatabases(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn func() string) {
		from := newHouse(t, dsn())
		const size = 3<<20 + 1
		blob := from.furnish(t, size)
		var archive bytes.Buffer
		sent, err := Write(t.Context(), from.Options, &archive)
		require.NoError(t, err)
		require.Equal(t, "2 people, 1 conversations, 1 messages, 1 files (3.1 MB)", sent.String())
		everywhere(t, func(t *testing.T, dsn func() string) {
			to := newHouse(t, dsn())
			got, err := Restore(t.Context(), to.Options, bytes.NewReader(archive.Bytes()))
			require.NoError(t, err)
			require.Equal(t, sent, got)

			was, is := from.contents(t), to.contents(t)
			for _, table := range []string{"message_edits", "reactions", "message_marks"} {
				require.Len(t, is[table], 1, table)
			}
			require.NotEqual(t, was["meta"], is["meta"], "it is another epoch")
			require.Regexp(t, `^\[epoch [0-9a-f]{12}\]$`, is["meta"][0])
			require.Empty(t, is["uploads"], "their bytes are not there")
			delete(was, "uploads")
			delete(was, "meta")
			delete(is, "meta")
			require.Equal(t, was, is)
			same(t, from, to, blob)
			to.indexed(t)
			require.NoError(t, to.DB.Migrate(t.Context()))

			_, err = Restore(t.Context(), to.Options, bytes.NewReader(archive.Bytes()))
			require.ErrorIs(t, err, ErrFiles)
			require.NoError(t, to.disk.Delete(t.Context(), blob))
			_, err = Restore(t.Context(), to.Options, bytes.NewReader(archive.Bytes()))
			require.ErrorContains(t, err, "people in the database already")
			require.Equal(t, is["users"], to.contents(t)["users"])
		})
	})
}

// indexed requires that a search finds a message whose index is no part of an archive.
func (h *house) indexed(t *testing.T) {
	t.Helper()
	if h.DB.Postgres() { // which keeps the index by itself
		return
	}
	var n int
	query := `SELECT count(*) FROM conversations AS c CROSS JOIN message_fts('"' || c.id || ':strasse" AND "' || c.id || ':日本"')`
	require.NoError(t, h.DB.Read().QueryRowContext(t.Context(), query).Scan(&n))
	require.Equal(t, 1, n)
}

func same(t *testing.T, from, to *house, blob string) {
	t.Helper()
	was, err := os.ReadFile(filepath.Join(from.dir, files.Path(blob)))
	require.NoError(t, err)
	is, err := os.ReadFile(filepath.Join(to.dir, files.Path(blob)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(was, is))
}

// empty requires that there are no users and no files, and that a good archive can still be restored.
func (h *house) empty(t *testing.T) {
	t.Helper()
	inhabited, err := h.DB.Inhabited(t.Context())
	require.NoError(t, err)
	require.False(t, inhabited)
	require.NoError(t, h.disk.List(t.Context(), time.Now().Add(time.Hour), func(name string) error { return errors.New(name) }))
}

func TestADamagedArchiveLeavesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn func() string) {
		from := newHouse(t, dsn())
		from.furnish(t, 300_000)
		var whole bytes.Buffer
		_, err := Write(t.Context(), from.Options, &whole)
		require.NoError(t, err)
		archive := whole.Bytes()
		to := newHouse(t, dsn())
		refused := func(archive []byte, why string, what string) {
			t.Helper()
			_, err := Restore(t.Context(), to.Options, bytes.NewReader(archive))
			require.ErrorContains(t, err, why, what)
			to.empty(t)
		}
		const broken = "damaged or not complete"
		for _, at := range []int{len(archive) / 3, len(archive) - 200_000, bytes.Index(archive, []byte(endName))} {
			refused(archive[:at], broken, fmt.Sprintf("cut at %d", at))
		}
		for what, at := range map[string]int{
			"the last byte of a file": bytes.Index(archive, []byte(endName)) - 1000,
			"a row":                   bytes.Index(archive, []byte("rows/users/")) + 600,
			"a number in the end":     bytes.LastIndex(archive, []byte(`"sha256": "`)) + 20,
		} {
			bad := slices.Clone(archive)
			bad[at] ^= 1
			refused(bad, broken, what)
		}
		refused(nil, "not an archive of DChat", "nothing")
		refused(slices.Repeat([]byte("hello "), 1000), "not an archive of DChat", "something else")
		newer := bytes.Replace(archive, []byte(`"format": 1`), []byte(`"format": 2`), 1)
		refused(newer, "newer DChat", "the next format")
		newer = bytes.Replace(archive, []byte(`"schema": `), []byte(`"schema":9`), 1)
		refused(newer, "newer DChat", "a newer schema")

		ctx, cancel := context.WithCancel(t.Context())
		_, err = Restore(ctx, to.Options, io.MultiReader(bytes.NewReader(archive[:len(archive)-200_000]), ending(cancel), bytes.NewReader(archive[len(archive)-200_000:])))
		require.ErrorIs(t, err, context.Canceled)
		to.empty(t)

		_, err = Restore(t.Context(), to.Options, &whole)
		require.NoError(t, err, "after all that, a good one")
	})
}

// ending cancels a restore while it reads.
type ending func()

func (e ending) Read([]byte) (int, error) {
	e()
	return 0, io.EOF
}

func TestAnArchiveOfAnOlderRelease(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn func() string) {
		old := newHouse(t, dsn())
		require.NoError(t, old.DB.Refill(t.Context(), 1, func(context.Context, bun.Tx) error { return nil }))
		old.exec(t, "INSERT INTO users (username, username_key, email, email_key, display_name, name_key, password_hash, created_at) VALUES ('anna', 'a', 'a', 'a', 'a', 'a', 'x', '2026-11-01 00:00:00+00:00')")
		var archive bytes.Buffer
		w := &writing{Options: old.Options, packer: newPacker(t.Context(), &archive, time.Now()), summary: Summary{Rows: map[string]int64{}}}
		require.NoError(t, old.DB.Snapshot(t.Context(), func(ctx context.Context, tx bun.Tx) error { return w.rows(ctx, tx) }))
		require.NoError(t, w.close(w.summary))

		to := newHouse(t, dsn())
		got, err := Restore(t.Context(), to.Options, bytes.NewReader(archive.Bytes()))
		require.NoError(t, err)
		require.EqualValues(t, 1, got.Rows["users"])
		require.NoError(t, to.DB.Migrate(t.Context()))
		require.Len(t, to.contents(t)["users"], 1)

		prepared := newHouse(t, dsn())
		require.NoError(t, prepared.DB.Migrate(t.Context()))
		_, err = Restore(t.Context(), prepared.Options, &archive)
		require.ErrorContains(t, err, "older release")
	})
}

func TestMissingFilesAreReported(t *testing.T) {
	from := newHouse(t, "sqlite:"+t.TempDir()+"/dchat.db")
	blob := from.furnish(t, 10)
	require.NoError(t, from.disk.Delete(t.Context(), blob))
	summary, err := Write(t.Context(), from.Options, io.Discard)
	require.NoError(t, err)
	require.Contains(t, summary.String(), "1 files were missing")
}

// Every column that names a file must be known to attachment.EachBlob.
func TestEachBlobKnowsEveryFileColumn(t *testing.T) {
	from := newHouse(t, "sqlite:"+t.TempDir()+"/dchat.db")
	blob := from.furnish(t, 10)
	from.exec(t, "UPDATE attachments SET preview = 'ready'")
	from.exec(t, "UPDATE users SET picture = 'picture' WHERE username = 'anna'")
	from.exec(t, "INSERT INTO exports (id, user_id, blob, created_at) SELECT 'ex', id, 'export', created_at FROM users WHERE username = 'anna'")
	names := []string{blob, blob + ".640", blob + ".1600", "picture.96", "picture.256", "picture.512", "export"}
	var found []string
	require.NoError(t, attachment.EachBlob(t.Context(), from.DB.Read(), func(name string) error {
		found = append(found, name)
		return nil
	}))
	require.ElementsMatch(t, names, found)

	tables, err := db.Tables(t.Context(), from.DB.Read())
	require.NoError(t, err)
	var columns []string
	for _, table := range tables {
		for _, c := range table.Columns {
			if c.Name == "blob" || c.Name == "picture" {
				columns = append(columns, table.Name+"."+c.Name)
			}
		}
	}
	require.ElementsMatch(t, []string{"attachments.blob", "exports.blob", "users.picture"}, columns)
}
