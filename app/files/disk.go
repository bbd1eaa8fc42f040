package files

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// Disk is a Store in a folder, which several nodes may share. The blob abcdef lies in ab/cdef. What is
// being written lies in tmp, and an upload in part; of a node that dies nothing else is left.
type Disk struct{ root *os.Root } // nil: of a folder that is missing

// tmp cannot be mistaken for a folder of blobs: those have two letters.
const tmp = "tmp"

// abandoned is the age from which no process writes to a file in tmp.
const abandoned = 24 * time.Hour

// NewDisk opens the folder, makes it if it is missing, and sweeps out what dead nodes have left.
func NewDisk(dir string) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d := &Disk{root}
	if err := d.sweep(time.Now().Add(-abandoned)); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return d, nil
}

// ReadDisk opens the folder to read, and changes nothing in it. One that is missing holds nothing.
func ReadDisk(dir string) (*Disk, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return &Disk{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Disk{root}, nil
}

// OwnName reports whether a name in the folder can be of a Disk.
func OwnName(name string) bool { return name == tmp || name == parts || len(name) == 2 }

// Close closes the folder. Open files stay open.
func (d *Disk) Close() error {
	if d.root == nil {
		return nil
	}
	return d.root.Close()
}

// sweep removes what was last written to before a time, and makes the folders that are always there.
func (d *Disk) sweep(before time.Time) error {
	for _, dir := range []string{tmp, parts} {
		if err := d.root.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	entries, err := fs.ReadDir(d.root.FS(), tmp)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) {
			err = d.root.Remove(tmp + "/" + e.Name())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another node sweeps too
			return err
		}
	}
	return nil
}

// Put writes to tmp first: under its own name a blob is always whole.
func (d *Disk) Put(ctx context.Context, name string, r io.Reader) (Blob, error) {
	if !ValidName(name) {
		return Blob{}, fmt.Errorf("%q cannot be the name of a file", name)
	}
	part := tmp + "/" + NewName()
	f, err := d.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Blob{}, err
	}
	defer func() { _ = d.root.Remove(part) }() // gone after the rename
	blob, err := write(ctx, f, r)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return Blob{}, err
	}
	blob.Name = name
	return blob, d.rename(part, name)
}

// Scratch makes a temporary file without a name. Where the system cannot unlink an open file, the next sweep of tmp
// removes it.
func (d *Disk) Scratch() (*os.File, error) {
	if d.root == nil {
		return nil, fs.ErrNotExist
	}
	name := tmp + "/" + NewName()
	f, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_ = d.root.Remove(name)
	}
	return f, err
}

// write fills the file, and returns when the disk has it.
func write(ctx context.Context, f *os.File, r io.Reader) (Blob, error) {
	hash := sha256.New()
	// Wrapped, so that neither side knows a way around the buffer and the hash.
	n, err := io.CopyBuffer(io.MultiWriter(f, hash), Mindful{ctx, r}, make([]byte, 64<<10))
	if err != nil {
		return Blob{}, err
	}
	if err := f.Sync(); err != nil {
		return Blob{}, err
	}
	return Blob{Size: n, SHA256: hash.Sum(nil)}, ctx.Err()
}

// Mindful reads until its context ends.
type Mindful struct {
	Context context.Context
	From    io.Reader
}

// Read is an io.Reader's.
func (m Mindful) Read(b []byte) (int, error) {
	if err := m.Context.Err(); err != nil {
		return 0, err
	}
	return m.From.Read(b)
}

// rename gives a written file its final name and syncs the folder.
func (d *Disk) rename(part, name string) error {
	dir := name[:2]
	switch err := d.root.Mkdir(dir, 0o700); {
	case err == nil:
		if err := d.sync("."); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	if err := d.root.Rename(part, dir+"/"+name[2:]); err != nil {
		return err
	}
	return d.sync(dir)
}

// sync flushes a folder, so that the names in it survive a crash.
func (d *Disk) sync(dir string) error {
	if runtime.GOOS == "windows" { // cannot sync a folder
		return nil
	}
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Open opens a blob.
func (d *Disk) Open(_ context.Context, name string) (File, error) {
	if !ValidName(name) || d.root == nil {
		return nil, ErrNotFound
	}
	f, err := d.root.Open(name[:2] + "/" + name[2:])
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotFound
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return onDisk{f, info}, nil
}

// Delete removes blobs and parts.
func (d *Disk) Delete(_ context.Context, names ...string) error {
	var failed []error
	for _, name := range names {
		if !ValidName(name) {
			continue // cannot be a blob
		}
		for _, path := range []string{partPath(name), name[:2] + "/" + name[2:]} {
			if err := d.root.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}

type onDisk struct {
	*os.File
	info fs.FileInfo
}

func (f onDisk) Size() int64 { return f.info.Size() }

func (f onDisk) ModTime() time.Time { return f.info.ModTime() }
