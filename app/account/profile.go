package account

import (
	"context"
	"errors"

	"dchat/app/imagesize"

	"github.com/uptrace/bun"
)

// MaxDisplayName is the longest display name, in characters.
const MaxDisplayName = 50

// PictureFiles are the ids of all files of a picture.
func PictureFiles(picture string) []string {
	if picture == "" {
		return nil
	}
	return imagesize.Files(picture, imagesize.Squares)
}

// SetProfile changes how a person is shown, everywhere. An empty name is the username; picture nil stays
// as it is, and "" is the default picture.
func (s *Store) SetProfile(ctx context.Context, user *User, displayName string, picture *string) (*User, error) {
	name, err := checkDisplayName(displayName)
	if err != nil && displayName != user.DisplayName { // older names stay
		return nil, err
	}
	if err != nil {
		name = displayName
	}
	if name == "" {
		name = user.Username
	}
	changed, err := s.visible(ctx, user.ID, func(ctx context.Context, tx bun.Tx, u *User) error {
		if name == u.DisplayName && (picture == nil || *picture == u.Picture) {
			return errUnchanged
		}
		u.setDisplayName(name)
		if picture == nil || *picture == u.Picture {
			return nil
		}
		old := u.Picture
		u.Picture = *picture
		return s.db.EnqueueBlobs(ctx, tx, PictureFiles(old))
	})
	if errors.Is(err, errUnchanged) {
		return s.ActiveUser(ctx, user.ID)
	}
	return changed, err
}

var errUnchanged = errors.New("nothing has changed")
