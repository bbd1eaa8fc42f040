package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"dchat/app/files"
	"dchat/db"
)

// An archive is a tar of
//
//	manifest.json
//	rows/TABLE/000001.json.gz …   one row a line
//	jobs/000001.json.gz …         one job a line
//	files/ab/cdef …               as in the folder of files
//	end.json
//
// in this order. An archive without end.json was cut off.
const (
	manifestName = "manifest.json"
	rowsPrefix   = "rows/"
	jobsPrefix   = "jobs/"
	filesPrefix  = "files/"
	endName      = "end.json"
)

// format is that of the archive; the schema of the rows has its own number.
const format = 1

type manifest struct {
	Format int        `json:"format"`
	Schema int64      `json:"schema"`
	By     string     `json:"by"`
	At     time.Time  `json:"at"`
	Tables []db.Table `json:"tables"` // in an order in which foreign keys hold
}

type end struct {
	SHA256 string `json:"sha256"` // of the names, sizes and contents of all entries before
	Summary
}

var errDamaged = errors.New("the archive is damaged or not complete")

func damaged(cause error) error { return fmt.Errorf("%w: %w", errDamaged, cause) }

// packer writes an archive.
type packer struct {
	ctx context.Context
	at  time.Time
	tar *tar.Writer
	sum hash.Hash
}

func newPacker(ctx context.Context, to io.Writer, at time.Time) *packer {
	return &packer{ctx, at, tar.NewWriter(to), sha256.New()}
}

func (p *packer) add(name string, size int64, at time.Time, from io.Reader) error {
	if err := p.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: at.Truncate(time.Second)}); err != nil {
		return err
	}
	fmt.Fprintf(p.sum, "%s\x00%d\x00", name, size)
	// Wrapped, so that neither side knows a way around the checksum.
	n, err := io.CopyBuffer(io.MultiWriter(p.tar, p.sum), files.Mindful{Context: p.ctx, From: from}, make([]byte, 256<<10))
	if err == nil && n != size {
		err = fmt.Errorf("%s has %d bytes instead of %d", name, n, size)
	}
	return err
}

func (p *packer) addJSON(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return p.add(name, int64(len(text)), p.at, strings.NewReader(string(text)))
}

func (p *packer) close(s Summary) error {
	if err := p.addJSON(endName, end{hex.EncodeToString(p.sum.Sum(nil)), s}); err != nil {
		return err
	}
	return p.tar.Close()
}

// unpacker reads an archive.
type unpacker struct {
	ctx    context.Context
	tar    *tar.Reader
	sum    hash.Hash // of what was read
	before string    // the checksum of all entries before the one that next found
	body   io.Reader // of that one
	broken error     // what went wrong with reading a body
}

func newUnpacker(ctx context.Context, from io.Reader) *unpacker {
	return &unpacker{ctx: ctx, tar: tar.NewReader(files.Mindful{Context: ctx, From: from}), sum: sha256.New(), body: strings.NewReader("")}
}

// next goes on to the next entry, of which there is one until the end.
func (u *unpacker) next() (name string, err error) {
	_, err = io.Copy(io.Discard, u.body)
	var header *tar.Header
	if err == nil {
		u.before = hex.EncodeToString(u.sum.Sum(nil))
		header, err = u.tar.Next()
	}
	if err != nil {
		return "", u.wrong(err)
	}
	fmt.Fprintf(u.sum, "%s\x00%d\x00", header.Name, header.Size)
	u.body = io.TeeReader(readerFunc(u.read), u.sum)
	return header.Name, nil
}

func (u *unpacker) read(b []byte) (int, error) {
	n, err := u.tar.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		u.broken = err
	}
	return n, err
}

// wrong distinguishes a damaged archive from a cancelled context.
func (u *unpacker) wrong(err error) error {
	if u.ctx.Err() != nil {
		return u.ctx.Err()
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return damaged(err)
}

func (u *unpacker) json(into any) error {
	if err := json.NewDecoder(u.body).Decode(into); err != nil {
		return u.wrong(err)
	}
	return nil
}

// begin reads what every archive begins with.
func (u *unpacker) begin() (*manifest, error) {
	name, err := u.next()
	if u.ctx.Err() != nil {
		return nil, err
	}
	if err != nil || name != manifestName {
		return nil, errors.New("this is not an archive of DChat")
	}
	m := &manifest{}
	if err := u.json(m); err != nil {
		return nil, err
	}
	if m.Format != format {
		return nil, errNewer
	}
	return m, nil
}

// end compares what came with what was sent.
func (u *unpacker) end() (*Summary, error) {
	var e end
	if err := u.json(&e); err != nil {
		return nil, err
	}
	if e.SHA256 != u.before {
		return nil, damaged(errors.New("its checksum is another one"))
	}
	return &e.Summary, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
