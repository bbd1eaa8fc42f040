package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/chat"
	"dchat/db"
	"dchat/test/services"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

func TestMain(m *testing.M) { services.Main(m) }

// world is a store on a database of its own, and everything it has told of.
type world struct {
	*chat.Store
	t       *testing.T
	ctx     context.Context
	dsn     string
	db      *db.DB
	options []func(*chat.Options)

	mu      sync.Mutex
	changes []chat.Change
	jammed  bool // no job can be put down
}

// verify is for a world in which addresses have to be confirmed.
func verify(o *chat.Options) { o.VerifyEmail = true }

// everywhere runs a test on both databases.
func everywhere(t *testing.T, test func(*world), options ...func(*chat.Options)) {
	t.Run("sqlite", func(t *testing.T) { test(newWorld(t, "sqlite:"+t.TempDir()+"/dchat.db", options...)) })
	t.Run("postgres", func(t *testing.T) { test(newWorld(t, services.Postgres(t), options...)) })
}

func newWorld(t *testing.T, dsn string, options ...func(*chat.Options)) *world {
	w := &world{t: t, ctx: context.Background(), dsn: dsn, options: options}
	w.db = w.connect()
	require.NoError(t, w.db.Migrate(w.ctx))
	number := "integer PRIMARY KEY AUTOINCREMENT"
	if w.db.Postgres() {
		number = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
	}
	w.exec("CREATE TABLE test_jobs (id " + number + ", kind text, args text)")
	w.Store = w.open()
	return w
}

func (w *world) connect() *db.DB {
	database, err := db.Open(w.ctx, w.dsn)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = database.Close() })
	return database
}

// open is one more node on the same database.
func (w *world) open() *chat.Store {
	options := chat.Options{
		DB: w.connect(), Log: slog.New(slog.DiscardHandler), Fresh: func() bool { return false },
		Secret: []byte("the secret of a world"), Enqueue: w.enqueue,
		Changed: func(c []chat.Change) {
			w.mu.Lock()
			w.changes = append(w.changes, c...)
			w.mu.Unlock()
		},
	}
	for _, set := range w.options {
		set(&options)
	}
	store := chat.NewStore(options)
	w.t.Cleanup(store.Close)
	return store
}

// exec changes rows behind the store's back.
func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	_, err := w.db.Writer().ExecContext(w.ctx, query, args...)
	require.NoError(w.t, err)
}

// count is the answer of a query for one number.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	require.NoError(w.t, w.db.Read().NewRaw(query, args...).Scan(w.ctx, &n))
	return n
}

// row is somebody's row as it stands.
func (w *world) row(u *chat.User) *chat.User {
	w.t.Helper()
	row := &chat.User{}
	require.NoError(w.t, w.db.Read().NewSelect().Model(row).Where("id = ?", u.ID).Scan(w.ctx))
	return row
}

var errJammed = errors.New("no job can be put down")

// enqueue keeps jobs in a table, so that those of a transaction that did not commit are gone with it.
func (w *world) enqueue(ctx context.Context, tx bun.Tx, jobs ...chat.Job) error {
	w.mu.Lock()
	jammed := w.jammed
	w.mu.Unlock()
	if jammed {
		return errJammed
	}
	for _, job := range jobs {
		args, err := json.Marshal(job)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO test_jobs (kind, args) VALUES (?, ?)", job.Kind(), string(args)); err != nil {
			return err
		}
	}
	return nil
}

// jam makes it impossible to put down a job, or possible again.
func (w *world) jam(on bool) {
	w.mu.Lock()
	w.jammed = on
	w.mu.Unlock()
}

// jobs are those put down since the last call, as a worker reads them.
func (w *world) jobs() (list []chat.Job) {
	w.t.Helper()
	var rows []struct {
		ID         int64
		Kind, Args string
	}
	require.NoError(w.t, w.db.Writer().NewRaw("SELECT id, kind, args FROM test_jobs ORDER BY id").Scan(w.ctx, &rows))
	for _, row := range rows {
		w.exec("DELETE FROM test_jobs WHERE id = ?", row.ID)
		switch row.Kind {
		case chat.LetterJob{}.Kind():
			list = append(list, read[chat.LetterJob](w, row.Args))
		case chat.SpreadJob{}.Kind():
			list = append(list, read[chat.SpreadJob](w, row.Args))
		case chat.BlobJob{}.Kind():
			list = append(list, read[chat.BlobJob](w, row.Args))
		default:
			list = append(list, read[chat.ExportJob](w, row.Args))
		}
	}
	return list
}

func read[J chat.Job](w *world, args string) (job J) {
	w.t.Helper()
	require.NoError(w.t, json.Unmarshal([]byte(args), &job))
	return job
}

// only is the one job that was put down since the last call.
func only[J chat.Job](w *world) J {
	w.t.Helper()
	jobs := w.jobs()
	require.Len(w.t, jobs, 1)
	job, ok := jobs[0].(J)
	require.True(w.t, ok, "%#v", jobs[0])
	return job
}

// letters are the letters among the jobs since the last call, by name.
func (w *world) letters() map[string]chat.LetterJob {
	w.t.Helper()
	letters := map[string]chat.LetterJob{}
	for _, job := range w.jobs() {
		if letter, ok := job.(chat.LetterJob); ok {
			require.NotContains(w.t, letters, letter.Letter, "sent twice")
			letters[letter.Letter] = letter
		}
	}
	return letters
}

// write is the letter that a job leads to, nil if there is no reason for it.
func (w *world) write(job chat.LetterJob) *chat.Letter {
	w.t.Helper()
	letter, err := w.Letter(w.ctx, job)
	require.NoError(w.t, err)
	return letter
}

// token is that of the link in the letter that a job leads to.
func (w *world) token(job chat.LetterJob) string {
	w.t.Helper()
	letter := w.write(job)
	require.NotNil(w.t, letter)
	require.NotEmpty(w.t, letter.Path)
	return path.Base(letter.Path)
}

const password = "correct horse 9 battery"

// cheapHash is of the password, with little memory: tests sign in a lot.
var cheapHash = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		panic(err)
	}
	return hash
})

// person is somebody who is here already; where addresses have to be confirmed they have done so.
func (w *world) person(name string) *chat.User { return w.people(name)[0] }

func (w *world) people(names ...string) []*chat.User {
	w.t.Helper()
	list := make([]*chat.User, len(names))
	for i, name := range names {
		email, at := name+"@example.org", time.Now().UTC().Truncate(time.Microsecond)
		list[i] = &chat.User{
			Username: name, UsernameKey: strings.ToLower(name), DisplayName: name, NameKey: strings.ToLower(name),
			Email: email, EmailKey: strings.ToLower(email), PasswordHash: cheapHash(), CreatedAt: at,
		}
		if w.MustVerify() {
			list[i].VerifiedAt = at
		}
	}
	_, err := w.db.Writer().NewInsert().Model(&list).Returning("id").Exec(w.ctx)
	require.NoError(w.t, err)
	w.exec("INSERT INTO person_versions (user_id, version) SELECT id, 1 FROM users WHERE id NOT IN (SELECT user_id FROM person_versions)")
	return list
}

// newcomer has signed up just now and not confirmed anything.
func (w *world) newcomer(name, email string) *chat.User {
	w.t.Helper()
	user, err := w.SignUp(w.ctx, chat.Signup{Email: email, Username: name, Password: password})
	require.NoError(w.t, err)
	return user
}

func (w *world) contacts(a, b *chat.User) {
	_, err := w.Ask(w.ctx, a, b)
	require.NoError(w.t, err)
	_, err = w.Accept(w.ctx, b, a)
	require.NoError(w.t, err)
}

func (w *world) say(from, to *chat.User, body string) *chat.Message {
	m, err := w.Send(w.ctx, from, to, uuid.New(), body)
	require.NoError(w.t, err)
	return m
}

// between is what a sees of b.
func (w *world) between(a, b *chat.User) chat.Entry {
	e, err := w.Entry(w.ctx, a, b)
	require.NoError(w.t, err)
	return e
}

func (w *world) bodies(a, b *chat.User) []string {
	page, err := w.Before(w.ctx, w.between(a, b).ConversationID, 0, 10_000)
	require.NoError(w.t, err)
	bodies := make([]string, len(page.Messages))
	for i, m := range page.Messages {
		bodies[i] = m.Body
		require.EqualValues(w.t, i+1, m.Seq, "no gap in the order")
	}
	return bodies
}

// told returns what the store has told of since the last call.
func (w *world) told() []chat.Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.changes
	w.changes = nil
	return told
}
