package files

import (
	"context"
	"crypto/sha256"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
)

// parts holds files of which more is to come. Its name is not two letters, so it is not a folder of blobs.
const parts = "part"

// partPath is where the first bytes of a blob wait for the rest.
func partPath(name string) string { return parts + "/" + name }

// Append writes to parts. A node that dies in between leaves bytes that no row counts: the next Append truncates
// them.
func (d *Disk) Append(ctx context.Context, name string, offset int64, state []byte, r io.Reader) (int64, []byte, error) {
	sum, err := resume(state)
	if err != nil {
		return 0, state, err
	}
	f, err := d.openPart(name, offset)
	if err != nil {
		return 0, state, err
	}
	defer f.Close()
	n, failed, err := pour(ctx, f, sum, r)
	if err == nil {
		err = f.Sync()
	}
	if err == nil && offset == 0 {
		err = d.sync(parts) // the file may be new
	}
	if err != nil {
		return 0, state, errors.Join(err, f.Truncate(offset)) // a full disk needs its room back
	}
	next, err := sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return 0, state, err
	}
	return n, next, failed
}

// resume is a checksum that goes on from a state.
func resume(state []byte) (hash.Hash, error) {
	sum := sha256.New()
	if len(state) == 0 {
		return sum, nil
	}
	if err := sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		return nil, fmt.Errorf("the state of a checksum is invalid: %w", err)
	}
	return sum, nil
}

// openPart opens the file at offset, with nothing behind it.
func (d *Disk) openPart(name string, offset int64) (*os.File, error) {
	if !ValidName(name) {
		return nil, fmt.Errorf("%q cannot be the name of a file", name)
	}
	flags := os.O_WRONLY
	if offset == 0 {
		flags |= os.O_CREATE
	}
	f, err := d.root.OpenFile(partPath(name), flags, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	switch info, err := f.Stat(); {
	case err != nil:
		return nil, errors.Join(err, f.Close())
	case info.Size() < offset:
		return nil, errors.Join(ErrNotFound, f.Close())
	}
	if err := f.Truncate(offset); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// pour writes what a reader has until it ends or fails; err is the file's.
func pour(ctx context.Context, f io.Writer, sum hash.Hash, r io.Reader) (n int64, failed, err error) {
	buffer := make([]byte, 64<<10)
	for failed == nil {
		var got int
		got, failed = Mindful{ctx, r}.Read(buffer)
		if ctx.Err() != nil { // another request may have continued the upload meanwhile
			return n, ctx.Err(), nil
		}
		if _, err := f.Write(buffer[:got]); err != nil {
			return 0, nil, err
		}
		sum.Write(buffer[:got])
		n += int64(got)
	}
	if errors.Is(failed, io.EOF) {
		failed = nil
	}
	return n, failed, nil
}

// Finish moves a part to its place among the blobs. A blob that exists already was moved by a node that died before
// it could answer.
func (d *Disk) Finish(_ context.Context, name string, size int64, state []byte) (Blob, error) {
	sum, err := resume(state)
	if err != nil {
		return Blob{}, err
	}
	if !ValidName(name) {
		return Blob{}, ErrNotFound
	}
	blob := Blob{Name: name, Size: size, SHA256: sum.Sum(nil)}
	info, err := d.root.Stat(partPath(name))
	if errors.Is(err, fs.ErrNotExist) {
		if info, err = d.root.Stat(name[:2] + "/" + name[2:]); err == nil && info.Size() == size {
			return blob, nil
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Size() != size:
		return Blob{}, ErrNotFound
	case err != nil:
		return Blob{}, err
	}
	return blob, d.rename(partPath(name), name)
}
