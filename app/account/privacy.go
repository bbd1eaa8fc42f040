package account

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
)

// Privacy is what a person lets others know. Who does not let others know something does not know it of others.
type Privacy struct{ Read, Typing, Online bool }

// Privacy returns what the person lets others know.
func (u *User) Privacy() Privacy { return Privacy{u.ShowRead, u.ShowTyping, u.ShowOnline} }

// SetPrivacy changes what a person lets others know: what is stored, which a session may not know yet. The pages of those
// who see it change with it.
func (s *Store) SetPrivacy(ctx context.Context, user *User, change func(*Privacy)) (*User, error) {
	changed, err := s.visible(ctx, user.ID, func(_ context.Context, _ bun.Tx, u *User) error {
		p := u.Privacy()
		if change(&p); u.Privacy() == p {
			return errUnchanged
		}
		u.ShowRead, u.ShowTyping, u.ShowOnline = p.Read, p.Typing, p.Online
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return s.ActiveUser(ctx, user.ID)
	}
	return changed, err
}
