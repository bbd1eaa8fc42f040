package domain

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"dchat/app/account"
	"dchat/app/chat"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// Password is everyone's.
const Password = "correct horse 9 battery"

// NewPassword is another good one.
const NewPassword = "another mountain 8"

// PasswordHash is of Password, with little memory: tests sign in a lot.
var PasswordHash = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash(Password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		panic(err)
	}
	return hash
})

// User is a new person; where addresses have to be confirmed theirs is.
func (f *Fixture) User(name string) *account.User { return f.Users(name)[0] }

// Users are new people.
func (f *Fixture) Users(names ...string) []*account.User {
	f.T.Helper()
	list := make([]*account.User, len(names))
	for i, name := range names {
		email, at := name+"@example.org", time.Now().UTC().Truncate(time.Microsecond)
		list[i] = &account.User{
			Username: name, UsernameKey: strings.ToLower(name), DisplayName: name, NameKey: strings.ToLower(name),
			Email: email, EmailKey: strings.ToLower(email), PasswordHash: PasswordHash(), CreatedAt: at,
			ShowRead: true, ShowTyping: true, ShowOnline: true,
			Notifications: account.DefaultNotifications,
		}
		if f.MustVerify() {
			list[i].VerifiedAt = at
		}
	}
	_, err := f.DB.Writer().NewInsert().Model(&list).Returning("id").Exec(f.Ctx)
	require.NoError(f.T, err)
	f.Exec("INSERT INTO person_versions (user_id, version) SELECT id, 1 FROM users WHERE id NOT IN (SELECT user_id FROM person_versions)")
	return list
}

// IDs are the ids of people, in order.
func IDs(people ...*account.User) []int64 {
	var list []int64
	for _, u := range people {
		list = append(list, u.ID)
	}
	slices.Sort(list)
	return list
}

// Viewers are the ids of the people whose pages changes concern, in order.
func Viewers(changes []chat.Change) []int64 {
	var list []int64
	for _, c := range changes {
		list = append(list, c.Viewer.ID)
	}
	slices.Sort(list)
	return list
}

// Numbered are n names.
func Numbered(name string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%03d", name, i)
	}
	return names
}

// NewSignup is a person who has signed up just now and not confirmed their address.
func (f *Fixture) NewSignup(name, email string) *account.User {
	f.T.Helper()
	user, err := f.SignUp(f.Ctx, account.Signup{Email: email, Username: name, Password: Password})
	require.NoError(f.T, err)
	return user
}

// ExpireSignups lets the time pass in which people could confirm their address.
func (f *Fixture) ExpireSignups() {
	f.T.Helper()
	f.Exec("UPDATE users SET confirm_by = ?, created_at = ? WHERE confirm_by IS NOT NULL", time.Now().Add(-time.Minute).UTC(), time.Now().Add(-30*24*time.Hour).UTC())
}

// Rename changes a person's display name.
func (f *Fixture) Rename(u *account.User, name string) *account.User {
	f.T.Helper()
	changed, err := f.SetProfile(f.Ctx, u, name, nil)
	require.NoError(f.T, err)
	return changed
}

// NewSession opens a session in a browser.
func (f *Fixture) NewSession(u *account.User) *account.Session {
	f.T.Helper()
	token, err := f.OpenSession(f.Ctx, u, "Firefox")
	require.NoError(f.T, err)
	session, err := f.SessionByToken(f.Ctx, token)
	require.NoError(f.T, err)
	return session
}

// Alive are the ids of the sessions that have not ended.
func (f *Fixture) Alive(sessions ...*account.Session) (ids []int64) {
	f.T.Helper()
	for _, s := range sessions {
		alive, err := f.SessionsAlive(f.Ctx, []int64{s.ID})
		require.NoError(f.T, err)
		if alive[s.ID] {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Contacts makes two people contacts.
func (f *Fixture) Contacts(a, b *account.User) {
	_, err := f.SendRequest(f.Ctx, a, b)
	require.NoError(f.T, err)
	_, err = f.Accept(f.Ctx, b, a)
	require.NoError(f.T, err)
}

// Say sends a message.
func (f *Fixture) Say(from, to *account.User, body string) *chat.Message {
	m, err := f.Send(f.Ctx, from, to, uuid.New(), body)
	require.NoError(f.T, err)
	return m
}

// Between is a's relation to b.
func (f *Fixture) Between(a, b *account.User) chat.Entry {
	e, err := f.Entry(f.Ctx, a, b)
	require.NoError(f.T, err)
	return e
}

// Bodies are all messages of two people, in order.
func (f *Fixture) Bodies(a, b *account.User) []string {
	page, err := f.Before(f.Ctx, a, f.Between(a, b).ConversationID, 0, 10_000)
	require.NoError(f.T, err)
	bodies := make([]string, len(page.Messages))
	for i, m := range page.Messages {
		bodies[i] = m.Body
		require.EqualValues(f.T, i+1, m.Seq, "no gap in the order")
	}
	return bodies
}
