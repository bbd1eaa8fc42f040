package account

import (
	"context"
	"strings"
	"unicode"

	"dchat/app/text"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"
)

// setDisplayName changes the name of a person, and the keys that a search finds them by.
func (u *User) setDisplayName(name string) {
	u.DisplayName, u.NameKey, u.SearchKey = name, NameKey(name), text.Normalize(name)
}

// NameKey is how the release before folded names. Its nodes may run beside this one, and search by it.
func NameKey(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// searchKeyBatch is how many people are updated in one transaction: their rows are locked until it ends.
const searchKeyBatch = 200

// searchKeys gives every person the search key of their name by today's folding, and the username as
// name where nothing of the name can be seen. A node of the release before does not write the key, and a later
// release may fold differently.
func (r *repair) searchKeys(ctx context.Context) error {
	_, err := r.db.Writer().NewUpdate().Model((*User)(nil)).Set("search_key = ''").Where("deleted_at IS NOT NULL").Where("search_key <> ''").Exec(ctx)
	if err != nil { // a deleted person keeps none
		return err
	}
	for after := int64(0); ; {
		var people []*User
		err := r.db.Read().NewSelect().Model(&people).Column("id", "username", "display_name", "search_key").
			Where("id > ?", after).Where("deleted_at IS NULL").Order("id").Limit(searchKeyBatch).Scan(ctx)
		if err != nil || len(people) == 0 {
			return err
		}
		after = people[len(people)-1].ID
		if err := r.someSearchKeys(ctx, people); err != nil {
			return err
		}
	}
}

func (r *repair) someSearchKeys(ctx context.Context, people []*User) error {
	var stale []*User
	names := map[int64]string{}
	for _, u := range people {
		name, key := u.DisplayName, u.SearchKey
		if u.setDisplayName(name); !text.Visible(name) { // earlier releases took such names
			u.setDisplayName(u.Username)
		}
		if u.SearchKey != key || u.DisplayName != name {
			stale = append(stale, u)
			names[u.ID] = name
		}
	}
	if len(stale) == 0 {
		return nil
	}
	return r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, u := range stale { // a name that has changed since has a new key
			_, err := tx.NewUpdate().Model(u).Column("display_name", "name_key", "search_key").WherePK().Where("display_name = ?", names[u.ID]).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
