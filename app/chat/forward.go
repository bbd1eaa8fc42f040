package chat

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strconv"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/errs"
	"dchat/app/text/words"
	"dchat/db"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// MaxForward is to how many people a message can be forwarded at once.
const MaxForward = 20

// Forward sends a message with its files to other contacts of the viewer: to all of them or, if that is not possible, to
// none. The same key again is the same messages.
func (s *Store) Forward(ctx context.Context, viewer, other *account.User, seq int64, to []*account.User, key uuid.UUID) error {
	f := &forwarding{viewer: viewer, other: other, files: s.attachments}
	var err error
	if f.source.ConversationID, err = s.conversationOf(ctx, viewer.ID, other.ID); err != nil {
		return err
	}
	if f.source.Seq = seq; f.source.ConversationID == 0 || seq < 1 {
		return errNoMessage()
	}
	drafts, err := s.forwardDrafts(ctx, f, to, key)
	if err != nil {
		return err
	}
	return s.writeTogether(ctx, drafts, f.copy)
}

// forwardDrafts returns an empty message for each of the recipients. Its key comes from the form's key and the recipient.
func (s *Store) forwardDrafts(ctx context.Context, f *forwarding, to []*account.User, key uuid.UUID) ([]*draft, error) {
	to = slices.Clone(to)
	slices.SortFunc(to, func(a, b *account.User) int { return cmp.Compare(a.ID, b.ID) })
	to = slices.CompactFunc(to, func(a, b *account.User) bool { return a.ID == b.ID })
	switch {
	case len(to) == 0:
		return nil, errs.Field("to", "Choose at least one contact.")
	case len(to) > MaxForward:
		return nil, errs.Field("to", "A message can be forwarded to at most "+strconv.Itoa(MaxForward)+" contacts at once.")
	}
	drafts := make([]*draft, len(to))
	for i, recipient := range to {
		if recipient.ID == f.other.ID {
			return nil, errs.Field("to", "Choose other contacts than the one of this conversation.")
		}
		d, err := s.newDraft(ctx, f.viewer, recipient)
		if err != nil {
			return nil, err
		}
		d.key = uuid.NewSHA1(key, binary.BigEndian.AppendUint64(nil, uint64(recipient.ID)))
		d.forwarded, d.digest = f.source, digest(d.Conversation, "", origin{forwarded: f.source})
		drafts[i] = d
	}
	return drafts, nil
}

// forwarding is a message on its way to others.
type forwarding struct {
	viewer, other *account.User
	source        attachment.Place
	files         *attachment.Store

	copies []*attachment.Attachment
}

// copy fills the messages with what the viewer sees of the source. All pairs are locked, that of the source, too.
func (f *forwarding) copy(ctx context.Context, b *batchWrite) error {
	if err := b.inContact(f.source.ConversationID, f.viewer, f.other); err != nil {
		return err
	}
	m, err := message(ctx, b.tx, f.viewer.ID, f.source.ConversationID, f.source.Seq)
	switch {
	case err != nil:
		return err
	case m.Hidden:
		return errNoMessage()
	case m.Gone():
		return errDeleted()
	case m.Notice != "":
		return errs.New(errs.Refused, "A notice cannot be forwarded.")
	}
	files, err := f.lockFiles(ctx, b.tx)
	if err != nil {
		return err
	}
	f.copies = nil
	indexed := words.Index(m.Body)
	for _, d := range b.accepted {
		d.message.Body, d.indexed = m.Body, indexed
		d.message.setFiles(attachment.Copies(files, f.viewer.ID))
		for i := range d.message.Attachments {
			f.copies = append(f.copies, &d.message.Attachments[i])
		}
	}
	b.afterLock = func(ctx context.Context) error { return f.files.AddCopies(ctx, b.tx, f.viewer.ID, f.copies) }
	return nil
}

// lockFiles locks the files of the source: their blobs must not be removed, and a preview that is made just now is
// either seen or made for the copies as well.
func (f *forwarding) lockFiles(ctx context.Context, tx bun.Tx) (files []attachment.Attachment, err error) {
	err = db.ForUpdate(tx.NewSelect().Model(&files).Where("conversation_id = ?", f.source.ConversationID).
		Where("seq = ?", f.source.Seq).Where("seq > 0").Order("id")).Scan(ctx)
	slices.SortFunc(files, func(a, b attachment.Attachment) int { return cmp.Compare(a.Position, b.Position) })
	return files, err
}
