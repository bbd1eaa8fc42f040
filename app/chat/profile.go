package chat

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/uptrace/bun"
)

// MaxDisplayName is the longest display name, in characters.
const MaxDisplayName = 50

// PictureWidths are the sizes in which a picture is kept, in pixels. A picture is square.
var PictureWidths = []int{96, 256, 512}

// PictureFile is the id of a picture's file in one of the PictureWidths.
func PictureFile(picture string, width int) string { return picture + "." + strconv.Itoa(width) }

func pictureFiles(picture string) []string {
	if picture == "" {
		return nil
	}
	files := make([]string, len(PictureWidths))
	for i, width := range PictureWidths {
		files[i] = PictureFile(picture, width)
	}
	return files
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
	changed, err := s.spread(ctx, user.ID, onlookers, nil, func(ctx context.Context, tx bun.Tx, u *User) error {
		if name == u.DisplayName && (picture == nil || *picture == u.Picture) {
			return errUnchanged
		}
		u.setDisplayName(name)
		if picture == nil || *picture == u.Picture {
			return nil
		}
		old := u.Picture
		u.Picture = *picture
		if old == "" {
			return nil
		}
		return s.enqueue(ctx, tx, BlobJob{Blobs: pictureFiles(old)})
	})
	if errors.Is(err, errUnchanged) {
		return s.user(ctx, user.ID)
	}
	return changed, err
}

var errUnchanged = errors.New("nothing has changed")

// onlookers are those whose pages show a change of a person at once: contacts, and those whom the person
// has asked. (To those who have asked, a block must look like waiting.)
func onlookers(_ context.Context, _ bun.Tx, pairs []*pair) ([]int64, error) {
	var ids []int64
	for _, p := range pairs {
		_, theirs := p.standings()
		if !p.blocked() && slices.Contains([]Standing{InContact, Asking}, theirs) {
			ids = append(ids, p.theirs.UserID)
		}
	}
	return ids, nil
}
