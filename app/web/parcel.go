package web

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

	"dchat/app/chat"
	"dchat/app/files"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// parcel is what a form brings along with a message: files, stored while they arrive.
type parcel struct {
	*Web
	user, other *chat.User
	declared    int64 // bytes of the whole form, below 0 if that was not said
	stored      []chat.Stored
	came        []files.Blob // the same as they came: photos are stored anew
	total       int64        // bytes of these
	added       []string     // attachments that have been made of them
	taken       []string     // their blobs
}

var errManyFiles = &chat.Error{Code: chat.Invalid, Sentence: "A message has at most " + strconv.Itoa(chat.MaxAttachments) + " files."}

// formSlack is what a form may have besides its files, in bytes.
const formSlack = maxForm

// take stores a file of the form.
func (p *parcel) take(ctx context.Context, file upload) error {
	if file.Field != "attachment" {
		return nil
	}
	if len(p.stored) == 0 {
		if err := p.welcome(ctx); err != nil {
			return err
		}
	}
	if len(p.stored) == chat.MaxAttachments {
		return errManyFiles
	}
	blob, err := p.Files.Put(ctx, files.NewName(), &growing{parcel: p, ctx: ctx, from: file.Reader, look: p.firstLook()})
	if err != nil {
		return err
	}
	p.uploaded.Add(blob.Size)
	p.came = append(p.came, blob)
	stored, err := p.Web.stored(file.Name, blob, false)
	if err != nil {
		return err
	}
	p.stored = append(p.stored, stored)
	p.total += blob.Size
	return nil
}

// welcome refuses before the first byte what can be refused by then.
func (p *parcel) welcome(ctx context.Context) error {
	if err := p.Store.MayWrite(ctx, p.user, p.other); err != nil {
		return err
	}
	atLeast := p.declared - formSlack
	if atLeast <= 0 {
		return nil
	}
	if most := p.Store.MaxUpload(); most > 0 && atLeast/chat.MaxAttachments > most {
		return p.Store.Fits(ctx, p.user, atLeast)
	}
	if err := p.Store.AllFit(ctx, p.user, atLeast); err != nil {
		return err
	}
	return files.Room(p.Files, atLeast)
}

// growing is a file that is looked at, while it arrives, for whether it still fits.
type growing struct {
	*parcel
	ctx  context.Context
	from io.Reader
	size int64
	look int64 // at this size
}

// lookEvery is how much a file grows between two looks, in bytes.
const lookEvery = 8 << 20

// firstLook is when a file becomes too large, if there is such a size.
func (p *parcel) firstLook() int64 {
	if most := p.Store.MaxUpload(); most > 0 {
		return min(most+1, lookEvery)
	}
	return lookEvery
}

// Read ends the file with an answer as soon as it does not fit.
func (g *growing) Read(b []byte) (int, error) {
	n, err := g.from.Read(b)
	g.size += int64(n)
	if g.size < g.look && err == nil {
		return n, nil
	}
	g.look = g.size + lookEvery
	if fits := g.fits(); fits != nil {
		return 0, fits
	}
	return n, err
}

func (g *growing) fits() error {
	ctx, cancel := context.WithTimeout(g.ctx, answerWithin)
	defer cancel()
	if err := g.Store.Fits(ctx, g.user, g.size); err != nil {
		return err
	}
	if err := g.Store.AllFit(ctx, g.user, g.total+g.size); err != nil {
		return err
	}
	return files.Room(g.Files, 0)
}

// attach makes attachments of the files, to be sent under the key. They are named after the key and
// what they are: the same form sent twice has the same attachments.
func (p *parcel) attach(c *fiber.Ctx, key uuid.UUID) (ids []string, err error) {
	if err := p.choose(c.FormValue(asFileField) != ""); err != nil {
		return nil, err
	}
	for i, f := range p.stored {
		id := attachmentID(p.user.ID, key, i, f)
		ids = append(ids, id)
		if _, err := p.Store.AddAttachment(c.UserContext(), p.user, id, f); err != nil {
			if up, unknown := p.Store.Upload(c.UserContext(), p.user, id); unknown != nil || !up.Finished {
				return nil, err
			}
			continue // it came before, and this copy is one too many
		}
		p.added = append(p.added, id)
		p.taken = append(p.taken, f.Blob)
	}
	return ids, nil
}

// choose decides between photos as they came and those without the place and the camera. Only the whole form says
// which: the field may come behind the files.
func (p *parcel) choose(asFiles bool) error {
	for i, f := range p.stored {
		if !asFiles {
			continue
		}
		if f.Blob != p.came[i].Name {
			p.came = append(p.came, files.Blob{Name: f.Blob})
		}
		kept, err := p.Web.stored(f.Name, p.came[i], true)
		if err != nil {
			return err
		}
		p.stored[i] = kept
	}
	return nil
}

func attachmentID(user int64, key uuid.UUID, i int, f chat.Stored) string {
	text := binary.BigEndian.AppendUint64(key[:], uint64(user))
	text = binary.BigEndian.AppendUint32(text, uint32(i))
	text = append(append(text, f.SHA256...), f.Name...)
	sum := sha256.Sum256(text)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// unpack drops what became part of no message.
func (p *parcel) unpack(sent bool) {
	ctx, cancel := brief()
	defer cancel()
	var failed error
	for _, blob := range p.unused() {
		failed = errors.Join(failed, p.Files.Delete(ctx, blob))
	}
	for _, id := range p.added {
		if sent {
			break
		}
		if err := p.Store.DropUpload(ctx, p.user, id); chat.CodeOf(err) != chat.NotFound {
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil { // the sweep will find it
		p.Log.Warn("files of a message that was not sent are still there", "error", failed)
	}
}

// unused are the blobs of which no attachment was made.
func (p *parcel) unused() (names []string) {
	for _, f := range p.stored {
		names = append(names, f.Blob)
	}
	for _, blob := range p.came {
		names = append(names, blob.Name)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" || slices.Contains(p.taken, name) })
}
