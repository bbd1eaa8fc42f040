package chat_test

import (
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/test/domain"
	"dchat/test/migrated"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

func (f *fixture) timer(u, other *account.User, after time.Duration) chat.Entry {
	f.T.Helper()
	e, err := f.SetTimer(f.Ctx, u, other, after)
	require.NoError(f.T, err)
	return e
}

// pass makes messages look as if a time had passed since they were sent, without a job having run.
func (f *fixture) pass(d time.Duration) {
	f.T.Helper()
	var rows []chat.Message
	require.NoError(f.T, f.DB.Writer().NewSelect().Model(&rows).Where("expires_at IS NOT NULL").Scan(f.Ctx))
	for i := range rows {
		rows[i].ExpiresAt = rows[i].ExpiresAt.Add(-d)
		_, err := f.DB.Writer().NewUpdate().Model(&rows[i]).Column("expires_at").WherePK().Exec(f.Ctx)
		require.NoError(f.T, err)
	}
}

func (f *fixture) expire() int {
	f.T.Helper()
	n, err := f.Expire(f.Ctx)
	require.NoError(f.T, err)
	return n
}

func unread(e chat.Entry) int64 { return e.Unread() }

func (f *fixture) at(u *account.User, other *account.User, seq int64) *chat.Message {
	f.T.Helper()
	m, err := f.Message(f.Ctx, u, other, seq)
	require.NoError(f.T, err)
	return m
}

func TestTimerIsSetWithANotice(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		before := f.Say(ann, bob, "before")
		f.Changes()
		e := f.timer(bob, ann, week)
		require.Equal(t, week, e.Timer)
		require.Equal(t, week, f.Between(ann, bob).Timer)
		notice := f.at(ann, bob, before.Seq+1)
		require.Equal(t, chat.TimerNotice, notice.Notice)
		require.Equal(t, bob.ID, notice.SenderID)
		require.Equal(t, "Messages disappear after 1 week.", notice.Body, "also where the kind is not known")
		require.NotEqual(t, uuid.Nil, notice.Key)
		require.Zero(t, notice.ExpiresAt, "it stays")
		require.EqualValues(t, 1, unread(f.Between(ann, bob)), "it counts as a message")
		require.EqualValues(t, 1, unread(f.Between(bob, ann)), "and reads nothing")
		require.Equal(t, domain.IDs(ann, bob), domain.Viewers(f.Changes()))

		f.timer(bob, ann, week)
		f.timer(ann, bob, week)
		require.Equal(t, notice.Seq, f.Between(ann, bob).Seq, "nothing has changed, so nothing is said")
		require.Empty(t, f.Changes())
		f.timer(ann, bob, 0)
		require.Equal(t, "Messages no longer disappear.", f.at(bob, ann, notice.Seq+1).Body)
		f.timer(ann, bob, day)
		f.timer(ann, bob, 4*week)
		require.Equal(t, []string{"before", "Messages disappear after 1 week.", "Messages no longer disappear.", "Messages disappear after 1 day.", "Messages disappear after 4 weeks."}, f.Bodies(ann, bob))
		_, err := f.SetTimer(f.Ctx, ann, bob, time.Hour)
		domain.WrongField(t, err, "after")
	})
}

func TestTimerIsForContacts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
		f.Contacts(ann, bob)
		_, err := f.Block(f.Ctx, bob, ann)
		require.NoError(t, err)
		for _, pair := range [][2]*account.User{{ann, bob}, {bob, ann}, {ann, cyd}} {
			_, err := f.SetTimer(f.Ctx, pair[0], pair[1], day)
			require.Equal(t, errs.Refused, errs.CodeOf(err))
		}
		require.Zero(t, f.Count("SELECT count(*) FROM messages"))
		require.Zero(t, f.Count("SELECT sum(timer) FROM conversations"))
	})
}

// Two who set the same at the same time get one notice.
func TestTimerRace(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		pages := f.pages([]*account.User{ann, bob})
		f.Changes()
		for _, err := range domain.Race(12, func(i int) error {
			pair := [2]*account.User{ann, bob}
			if i%3 == 0 {
				_, err := nodes[i%2].Send(f.Ctx, pair[i%2], pair[1-i%2], uuid.New(), "x")
				return err
			}
			_, err := nodes[i%2].SetTimer(f.Ctx, pair[i%2], pair[1-i%2], day)
			return err
		}) {
			require.NoError(t, err)
		}
		require.Equal(t, 1, f.Count("SELECT count(*) FROM messages WHERE notice = 'timer'"))
		notice := f.Count("SELECT seq FROM messages WHERE notice = 'timer'")
		require.Zero(t, f.Count("SELECT count(*) FROM messages WHERE (seq > ?) <> (expires_at IS NOT NULL)", notice), "later messages disappear, earlier ones do not")
		pages.show(t, f.Changes())
		pages.compare(f, ann, bob)
	})
}

func TestMessagesExpire(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		stays := f.Say(ann, bob, "stays")
		f.timer(ann, bob, day)
		a, err := f.AddAttachment(f.Ctx, ann, "file", attachment.Stored{Name: "n", Type: "t", Blob: "file", Size: 1, SHA256: []byte{1}})
		require.NoError(t, err)
		out := chat.Outgoing{Key: uuid.New(), Body: "secret", Attachments: []string{a.ID}}
		m, err := f.SendMessage(f.Ctx, ann, bob, out)
		require.NoError(t, err)
		require.Equal(t, m.CreatedAt.Add(day), m.ExpiresAt)
		_, err = f.React(f.Ctx, bob, ann, m.Seq, "👍")
		require.NoError(t, err)
		_, err = f.Edit(f.Ctx, ann, bob, m.Seq, m.Rev, "changed")
		require.NoError(t, err)
		f.timer(ann, bob, week)
		quoting, err := f.reply(bob, ann, m.Seq, "an answer that stays longer")
		require.NoError(t, err)
		pages := f.pages([]*account.User{ann, bob})
		f.Changes()
		require.EqualValues(t, 4, f.Between(bob, ann).Seq-1)
		require.Zero(t, unread(f.Between(bob, ann)), "the answer has read all")
		require.Zero(t, f.expire(), "not before its time")

		f.pass(day)
		check := func(when string) {
			t.Helper()
			gone := f.at(bob, ann, m.Seq)
			require.Equal(t, gone.ExpiresAt, gone.DeletedAt, when)
			require.Empty(t, gone.Body, when)
			require.Empty(t, gone.Attachments, when)
			require.Empty(t, gone.Reactions, when)
			require.True(t, f.at(ann, bob, quoting.Seq).Quote.Gone, when)
			_, err := f.File(f.Ctx, bob, a.ID)
			require.Equal(t, errs.NotFound, errs.CodeOf(err), when)
			again, err := f.SendMessage(f.Ctx, ann, bob, out)
			require.NoError(t, err)
			require.Equal(t, m.Seq, again.Seq, "%s: the key is used", when)
			require.False(t, again.DeletedAt.IsZero(), when)
			require.Equal(t, "stays", f.at(bob, ann, stays.Seq).Body, when)
			require.NotEmpty(t, f.at(bob, ann, quoting.Seq).Body, when)
			hits, err := f.Find(f.Ctx, bob, "changed", nil, "")
			require.NoError(t, err)
			require.Empty(t, hits.List, when)
		}
		check("before the job")
		f.Jobs()
		require.Equal(t, 1, f.expire())
		check("after it")
		require.Equal(t, store.BlobJob{Blobs: attachment.Blobs("file")}, only[store.BlobJob](f))
		for _, table := range []string{"message_edits", "reactions", "attachments", "message_tokens WHERE tokens LIKE '%changed%' OR tokens LIKE '%secret%'"} {
			require.Zero(t, f.Count("SELECT count(*) FROM "+table), table)
		}
		require.Zero(t, f.Count("SELECT count(*) FROM messages WHERE seq = ? AND (body <> '' OR files + images + reacted > 0)", m.Seq))
		changes := f.Changes()
		require.Equal(t, domain.IDs(ann, bob), domain.Viewers(changes))
		for _, change := range changes {
			require.Len(t, change.Items[0].Messages, 2, "the message and the answer that quotes it")
		}
		pages.show(t, changes)
		pages.compare(f, ann, bob)
		require.Zero(t, f.expire(), "once")
		require.Empty(t, f.Changes())
	})
}

// What has expired unread is not counted, before the job and after it.
func TestExpiredMessagesAreNotUnread(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, bob := f.User("anna"), f.User("bobby")
		f.Contacts(ann, bob)
		f.timer(ann, bob, day)
		for range 3 {
			f.Say(ann, bob, "soon gone")
		}
		require.EqualValues(t, 4, unread(f.Between(bob, ann)))
		f.pass(day)
		f.timer(ann, bob, 0)
		f.Say(ann, bob, "stays")
		require.EqualValues(t, 3, unread(f.Between(bob, ann)), "two notices and a message")
		changes := f.Changes()
		require.EqualValues(t, 3, unread(changes[len(changes)-1].Items[0].Entry)+unread(changes[len(changes)-2].Items[0].Entry), "as announced")
		require.Equal(t, 3, f.expire())
		require.EqualValues(t, 3, unread(f.Between(bob, ann)))
		require.Zero(t, unread(f.Between(ann, bob)))
	})
}

// After a long time without workers much has to go: in pieces, by several workers beside each other, each message once.
func TestExpiryAfterDowntime(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann, others := f.User("anna"), f.Users(domain.Numbered("other", 5)...)
		f.befriend(ann, others)
		for i, u := range others {
			f.timer(ann, u, day)
			for _, err := range domain.Race(20*(i+1), func(int) error {
				_, err := f.Send(f.Ctx, ann, u, uuid.New(), "soon gone")
				return err
			}) {
				require.NoError(t, err)
			}
		}
		pages := f.pages(append(others, ann))
		f.Changes()
		f.pass(day)
		nodes := f.Both()
		deleted := make([]int, 4)
		for _, err := range domain.Race(4, func(i int) (err error) {
			deleted[i], err = nodes[i%2].Expire(f.Ctx)
			return err
		}) {
			require.NoError(t, err)
		}
		rest := f.expire() // what was locked at that moment
		require.Equal(t, 300, deleted[0]+deleted[1]+deleted[2]+deleted[3]+rest)
		require.Zero(t, f.Count("SELECT count(*) FROM messages WHERE expires_at IS NOT NULL AND (deleted_at IS NULL OR body <> '')"))
		pages.show(t, f.Changes())
		pages.compare(f, append(others, ann)...)
	})
}

// A conversation that another session has locked does not hold up the others.
func TestExpirySkipsLockedConversations(t *testing.T) {
	f := newFixture(t, migrated.Postgres(t))
	ann, bob, cyd := f.User("anna"), f.User("bobby"), f.User("cydney")
	for _, u := range []*account.User{bob, cyd} {
		f.Contacts(ann, u)
		f.timer(ann, u, day)
		f.Say(ann, u, "soon gone")
	}
	f.pass(day)
	tx, err := f.Connect().Writer().BeginTx(f.Ctx, nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(f.Ctx, "SELECT 1 FROM conversations WHERE id = ? FOR UPDATE", f.Between(ann, bob).ConversationID)
	require.NoError(t, err)
	require.Equal(t, 1, f.expire())
	require.NoError(t, tx.Rollback())
	require.Equal(t, 1, f.expire())
}
