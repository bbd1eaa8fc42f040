package chat

import (
	"context"
	"database/sql"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/errs"
	"dchat/app/imagesize"
	"dchat/app/store"
)

// File is a stored file as a person may fetch it.
type File struct {
	Blob   string // its name in the store of files
	Type   string // its media type
	Inline bool   // may be shown in the page
	Name   string // under which it is saved
}

// File decides, each time anew, whether a person may fetch a file. A forbidden file is not found.
func (s *Store) File(ctx context.Context, viewer *account.User, id string) (*File, error) {
	name, width, _ := strings.Cut(id, ".")
	switch {
	case width == "":
		file, err := s.attachmentFile(ctx, viewer, name)
		if file == nil && err == nil {
			file, err = s.exportFile(ctx, viewer, id)
		}
		return file, err
	case id == attachment.MovingFile(name):
		return s.movingFile(ctx, viewer, name)
	case slices.Contains(imagesize.Squares, atoi(width)):
		return s.pictureFile(ctx, name, width)
	case slices.Contains(imagesize.Previews, atoi(width)):
		return s.previewFile(ctx, viewer, name, width)
	}
	return nil, ErrNoFile
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // 0 is no width
	return n
}

// attachmentFile is a file of a conversation: for both who are in it, unless the viewer is blocked by
// the other or the message is gone for them, and before it is sent for its owner. It is nil if there is none
// by this name.
func (s *Store) attachmentFile(ctx context.Context, viewer *account.User, id string) (*File, error) {
	a, err := s.readableAttachment(ctx, viewer, id)
	if a == nil || err != nil {
		return nil, err
	}
	return &File{Blob: a.Blob, Type: a.Type, Inline: a.IsAudio() || a.IsVideo(), Name: a.Name}, nil
}

// movingFile is a picture that moves, as it was sent: a browser that shows it as a picture decodes it and runs nothing.
func (s *Store) movingFile(ctx context.Context, viewer *account.User, id string) (*File, error) {
	a, err := s.readableAttachment(ctx, viewer, id)
	if err == nil && (a == nil || !a.Moves()) {
		err = ErrNoFile
	}
	if err != nil {
		return nil, err
	}
	return &File{Blob: a.Blob, Type: a.Type, Inline: true, Name: a.Name}, nil
}

func (s *Store) readableAttachment(ctx context.Context, viewer *account.User, id string) (*attachment.Attachment, error) {
	a := &attachment.Attachment{}
	err := s.db.Read().NewSelect().Model(a).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	allowed := a.Seq == 0 && a.OwnerID == viewer.ID
	if a.Seq > 0 {
		allowed, err = s.mayRead(ctx, viewer, a)
	}
	if err != nil || !allowed {
		return nil, errors.Join(err, ErrNoFile)
	}
	return a, nil
}

func (s *Store) mayRead(ctx context.Context, viewer *account.User, a *attachment.Attachment) (bool, error) {
	return s.db.Read().NewSelect().TableExpr("memberships AS mine").
		Join("JOIN memberships AS theirs ON theirs.conversation_id = mine.conversation_id AND theirs.user_id = mine.other_id").
		Join("JOIN messages AS m ON m.conversation_id = mine.conversation_id AND m.seq = ?", a.Seq).
		Where("mine.conversation_id = ?", a.ConversationID).Where("mine.user_id = ?", viewer.ID).
		Where("theirs.blocked_at IS NULL").Where("m.deleted_at IS NULL").Where("(m.expires_at IS NULL OR m.expires_at > ?)", store.Now()).
		Where("NOT EXISTS (SELECT 1 FROM message_marks AS mk WHERE mk.user_id = mine.user_id AND mk.conversation_id = m.conversation_id AND mk.seq = m.seq AND mk.hidden)").
		Exists(ctx)
}

// previewFile is an image in a smaller size.
func (s *Store) previewFile(ctx context.Context, viewer *account.User, id, width string) (*File, error) {
	file, err := s.attachmentFile(ctx, viewer, id)
	if err != nil || file == nil {
		return nil, errors.Join(err, ErrNoFile)
	}
	stem := strings.TrimSuffix(file.Name, path.Ext(file.Name))
	return &File{Blob: file.Blob + "." + width, Type: "image/jpeg", Inline: true, Name: stem + ".jpg"}, nil
}

// pictureFile is a person's picture: everyone who is admitted sees it, as long as it is in use.
func (s *Store) pictureFile(ctx context.Context, picture, width string) (*File, error) {
	id := picture + "." + width
	owner := &account.User{}
	err := s.db.Read().NewSelect().Model(owner).Column("username").Where("picture = ?", picture).Where("picture <> ''").Where("deleted_at IS NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoFile
	}
	return &File{Blob: id, Type: "image/jpeg", Inline: true, Name: owner.Username + ".jpg"}, err
}

// exportFile is the copy of one's own data.
func (s *Store) exportFile(ctx context.Context, viewer *account.User, id string) (*File, error) {
	export, err := s.accounts.ReadyExport(ctx, viewer, id)
	if err != nil {
		return nil, err
	}
	if export == nil {
		return nil, ErrNoFile
	}
	return &File{Blob: export.Blob, Type: "application/zip", Name: "dchat-" + viewer.Username + ".zip"}, nil
}

// ErrNoFile is the answer to every request for a file that the viewer may not fetch, for any reason.
var ErrNoFile = errs.New(errs.NotFound, "There is no such file, or it is not for you.")
