package upload

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/errs"
	"dchat/app/files"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// Message stores the files in the form of a message while they arrive.
type Message struct {
	*Uploads
	user, other *account.User
	declared    int64 // bytes of the whole form, negative if unknown
	files       []attachment.Stored
	originals   []files.Blob // as received, before the metadata of photos was removed
	total       int64        // bytes of the originals
	added       []string     // ids of the attachments made
	used        []string     // their blobs
}

// NewMessage returns a Message for the request of a user to another. The caller closes it.
func (u *Uploads) NewMessage(c *fiber.Ctx, user, other *account.User) *Message {
	return &Message{Uploads: u, user: user, other: other, declared: int64(c.Request().Header.ContentLength())}
}

var errManyFiles = &errs.Error{Code: errs.Invalid, Sentence: "A message has at most " + strconv.Itoa(attachment.MaxAttachments) + " files."}

// formSlack is how much of a form may be other content than files, in bytes.
const formSlack = MaxSmall

// Take stores a file of the form. It refuses files that do not fit and more than chat.MaxAttachments files.
func (m *Message) Take(ctx context.Context, file File) error {
	if file.Field != "attachment" {
		return nil
	}
	if len(m.files) == 0 {
		if err := m.check(ctx); err != nil {
			return err
		}
	}
	if len(m.files) == attachment.MaxAttachments {
		return errManyFiles
	}
	blob, err := m.Files.Put(ctx, files.NewName(), &growing{Message: m, ctx: ctx, from: file.Reader, nextCheck: m.firstCheck()})
	if err != nil {
		return err
	}
	m.received.Add(blob.Size)
	m.originals = append(m.originals, blob)
	stored, err := m.stored(file.Name, blob, false)
	if err != nil {
		return err
	}
	m.files = append(m.files, stored)
	m.total += blob.Size
	return nil
}

// check refuses the files before the first byte, as far as the declared size allows.
func (m *Message) check(ctx context.Context) error {
	if err := m.Chat.MayWrite(ctx, m.user, m.other); err != nil {
		return err
	}
	atLeast := m.declared - formSlack
	if atLeast <= 0 {
		return nil
	}
	if most := m.Attachments.MaxUpload(); most > 0 && atLeast/attachment.MaxAttachments > most {
		return m.Attachments.Fits(ctx, m.user, atLeast)
	}
	if err := m.Attachments.AllFit(ctx, m.user, atLeast); err != nil {
		return err
	}
	return files.Room(m.Files, atLeast)
}

// growing reads an arriving file and checks periodically whether it still fits.
type growing struct {
	*Message
	ctx       context.Context
	from      io.Reader
	size      int64
	nextCheck int64 // at this size
}

// checkEvery is how much a file grows between two checks, in bytes.
const checkEvery = 8 << 20

// firstCheck returns the size at which a file is checked first, no later than at the first excess byte.
func (m *Message) firstCheck() int64 {
	if most := m.Attachments.MaxUpload(); most > 0 {
		return min(most+1, checkEvery)
	}
	return checkEvery
}

// Read ends the file with an error as soon as the file does not fit.
func (g *growing) Read(b []byte) (int, error) {
	n, err := g.from.Read(b)
	g.size += int64(n)
	if g.size < g.nextCheck && err == nil {
		return n, nil
	}
	g.nextCheck = g.size + checkEvery
	if fits := g.fits(); fits != nil {
		return 0, fits
	}
	return n, err
}

func (g *growing) fits() error {
	ctx, cancel := context.WithTimeout(g.ctx, request.Timeout)
	defer cancel()
	if err := g.Attachments.Fits(ctx, g.user, g.size); err != nil {
		return err
	}
	if err := g.Attachments.AllFit(ctx, g.user, g.total+g.size); err != nil {
		return err
	}
	return files.Room(g.Files, 0)
}

// Attach creates attachments from the files and returns their ids. The ids derive from the message key and the
// content, so that a form that is sent twice has the same attachments.
func (m *Message) Attach(c *fiber.Ctx, key uuid.UUID) (ids []string, err error) {
	if err := m.choose(request.Field(c, AsFileField) != ""); err != nil {
		return nil, err
	}
	for i, f := range m.files {
		id := attachmentID(m.user.ID, key, i, f)
		ids = append(ids, id)
		if _, err := m.Attachments.AddAttachment(c.UserContext(), m.user, id, f); err != nil {
			if up, unknown := m.Attachments.Upload(c.UserContext(), m.user, id); unknown != nil || !up.Finished {
				return nil, err
			}
			continue // the form was sent before, so Close deletes this copy
		}
		m.added = append(m.added, id)
		m.used = append(m.used, f.Blob)
	}
	return ids, nil
}

// choose replaces photos without metadata by the originals if the form asks for it. The field may follow the files
// in the form, so both are kept until then.
func (m *Message) choose(asFiles bool) error {
	for i, f := range m.files {
		if !asFiles {
			continue
		}
		if f.Blob != m.originals[i].Name {
			m.originals = append(m.originals, files.Blob{Name: f.Blob})
		}
		kept, err := m.stored(f.Name, m.originals[i], true)
		if err != nil {
			return err
		}
		m.files[i] = kept
	}
	return nil
}

func attachmentID(user int64, key uuid.UUID, i int, f attachment.Stored) string {
	text := binary.BigEndian.AppendUint64(key[:], uint64(user))
	text = binary.BigEndian.AppendUint32(text, uint32(i))
	text = append(append(text, f.SHA256...), f.Name...)
	sum := sha256.Sum256(text)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// Close deletes the files that are not part of a message: all of them unless it was sent.
func (m *Message) Close(sent bool) {
	ctx, cancel := request.Brief()
	defer cancel()
	var failed error
	for _, blob := range m.unused() {
		failed = errors.Join(failed, m.Files.Delete(ctx, blob))
	}
	for _, id := range m.added {
		if sent {
			break
		}
		if err := m.Attachments.DropUpload(ctx, m.user, id); errs.CodeOf(err) != errs.NotFound {
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil { // the clean-up job will find them
		m.Log.Warn("files of a message that was not sent are still there", "error", failed)
	}
}

// unused returns the blobs without an attachment.
func (m *Message) unused() (names []string) {
	for _, f := range m.files {
		names = append(names, f.Blob)
	}
	for _, blob := range m.originals {
		names = append(names, blob.Name)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" || slices.Contains(m.used, name) })
}
