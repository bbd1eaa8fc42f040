package account

import (
	"context"

	"dchat/app/address"
	"dchat/db"

	"github.com/uptrace/bun"
)

// respellEmails gives addresses that earlier releases stored in another spelling the form of today. All of
// those have characters beyond ASCII. It is done with every sweep: while a release is rolled out, nodes of
// the one before still write, and a backup may be restored.
func (r *repair) respellEmails(ctx context.Context) error {
	const beyond = "octet_length(email) <> length(email) OR octet_length(email_key) <> length(email_key) OR octet_length(new_email) <> length(new_email)"
	for last := int64(0); ; {
		var users []*User
		err := r.db.Read().NewSelect().Model(&users).Where("id > ?", last).Where("deleted_at IS NULL").Where(beyond).Order("id").Limit(500).Scan(ctx)
		if err != nil || len(users) == 0 {
			return err
		}
		for _, u := range users {
			if err := r.respellEmail(ctx, u); err != nil {
				return err
			}
		}
		last = users[len(users)-1].ID
	}
}

// respellEmail changes one row, unless it has been changed meanwhile. Of two who have confirmed spellings of
// one address the second keeps its key: the other has the address, and both can sign in.
func (r *repair) respellEmail(ctx context.Context, u *User) error {
	next := *u
	next.Email, next.EmailKey, next.NewEmail = respelled(u.Email), address.Key(u.Email), respelled(u.NewEmail)
	err := r.writeEmails(ctx, u, &next)
	if db.IsConflict(err) {
		next.EmailKey = u.EmailKey
		err = r.writeEmails(ctx, u, &next)
	}
	return err
}

func (r *repair) writeEmails(ctx context.Context, was, is *User) error {
	if was.Email == is.Email && was.EmailKey == is.EmailKey && was.NewEmail == is.NewEmail {
		return nil
	}
	defer r.forget(is.ID)
	return r.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model(is).Column("email", "email_key", "new_email").WherePK().
			Where("email = ?", was.Email).Where("email_key = ?", was.EmailKey).Where("new_email = ?", was.NewEmail).Exec(ctx)
		return err
	})
}

// respelled is an address as it is stored today. What would not be taken today stays.
func respelled(email string) string {
	if a, err := address.Parse(email); err == nil {
		return a.String()
	}
	return email
}
