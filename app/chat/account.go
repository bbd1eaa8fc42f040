package chat

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
)

// deletedName is what others see in the place of somebody who deleted their account.
const deletedName = "Deleted account"

// DeleteAccount takes a person out of DChat for good: name, address, picture, sessions, requests and
// contacts. What they wrote, and files, stay with those they wrote them to, under no name, until these
// have deleted their accounts, too. The username is never given again.
func (s *Store) DeleteAccount(ctx context.Context, user *User, password string) error {
	if err := s.checkCurrent(ctx, user, password); err != nil {
		return err
	}
	_, err := s.spread(ctx, user.ID, part, lockLoose, func(ctx context.Context, tx bun.Tx, u *User) error {
		if u.PasswordHash != user.PasswordHash {
			return notYourPassword()
		}
		blobs, err := dropBelongings(ctx, tx, u)
		if err != nil {
			return err
		}
		jobs := s.toAddress(u, LetterDeleted)
		if len(blobs) > 0 {
			jobs = append(jobs, BlobJob{Blobs: blobs})
		}
		u.DisplayName, u.NameKey, u.SearchKey, u.Email, u.EmailKey, u.NewEmail = deletedName, "", "", "", "", ""
		u.PasswordHash, u.Picture, u.Zone, u.DeletedAt = "", "", "", now()
		return s.enqueue(ctx, tx, jobs...)
	})
	return err
}

// part ends what stands between a person and all others, and returns whose pages show it.
func part(ctx context.Context, tx bun.Tx, pairs []*pair) ([]int64, error) {
	var audience, all []int64
	for _, p := range pairs {
		all = append(all, p.ID)
		if p.theirs.Version > 0 { // also whoever was blocked: this tells nothing about the two
			audience = append(audience, p.theirs.UserID)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	if _, err := tx.NewUpdate().Model((*Conversation)(nil)).Set("contact_at = NULL").Where("id IN (?)", bun.List(all)).Exec(ctx); err != nil {
		return nil, err
	}
	_, err := tx.NewUpdate().Model((*Membership)(nil)).Set("asked_at = NULL").Set("ask_hidden = ?", false).
		Where("conversation_id IN (?)", bun.List(all)).Exec(ctx)
	return audience, err
}

// dropBelongings removes what is a person's alone: sessions, exports and files that were not sent. It
// returns what goes with them from the store.
func dropBelongings(ctx context.Context, tx bun.Tx, u *User) ([]string, error) {
	if _, err := tx.NewDelete().Model((*Session)(nil)).Where("user_id = ?", u.ID).Exec(ctx); err != nil {
		return nil, err
	}
	blobs, err := dropExports(ctx, tx, func(q *bun.DeleteQuery) *bun.DeleteQuery { return q.Where("user_id = ?", u.ID) })
	if err != nil {
		return nil, err
	}
	loose, err := dropLoose(ctx, tx, func(q *bun.DeleteQuery, owner string) *bun.DeleteQuery { return q.Where(owner+" = ?", u.ID) })
	if err != nil {
		return nil, err
	}
	return slices.Concat(blobs, loose, pictureFiles(u.Picture)), nil
}
