package account

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"dchat/app/store"

	"github.com/uptrace/bun"
)

// SeededSession is a seeded person's open session.
type SeededSession struct{ Username, Token string }

// Seed makes the people person00000, person00001 … of a range, straight into the tables, and opens a session
// for each: it is for trying out and measuring.
func Seed(ctx context.Context, tx bun.Tx, from, until int, hash string) ([]*User, []SeededSession, error) {
	people := make([]*User, 0, until-from)
	for n := from; n < until; n++ {
		people = append(people, seededUser(n, hash))
	}
	if err := insertUsers(ctx, tx, people...); err != nil {
		return nil, nil, err
	}
	sessions, err := seedSessions(ctx, tx, people)
	return people, sessions, err
}

func seededUser(n int, hash string) *User {
	name := fmt.Sprintf("person%05d", n)
	email := name + "@example.org"
	user := &User{
		Username: name, UsernameKey: name, Email: email, EmailKey: email,
		PasswordHash: hash, VerifiedAt: store.Now(), CreatedAt: store.Now(), Notifications: DefaultNotifications,
		ShowRead: true, ShowTyping: true, ShowOnline: true,
	}
	user.setDisplayName(name)
	return user
}

func seedSessions(ctx context.Context, tx bun.Tx, people []*User) ([]SeededSession, error) {
	made := make([]SeededSession, len(people))
	rows := make([]*Session, len(people))
	for i, u := range people {
		raw := make([]byte, 32)
		rand.Read(raw) // never fails
		made[i] = SeededSession{u.Username, base64.RawURLEncoding.EncodeToString(raw)}
		rows[i] = newSession(u.ID, made[i].Token, "dchat seed")
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return made, err
}
