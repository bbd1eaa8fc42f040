// Package files keeps what people upload: blobs under random names, and signed addresses that only one
// viewer can use.
package files

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"time"
)

// ErrNotFound reports that the store has no blob of that name.
var ErrNotFound = errors.New("there is no such file")

// Store keeps blobs. A blob never changes: new content gets a new name.
type Store interface {
	// Put stores what r has; the blob is durable when Put returns. After an error, or if ctx ends between two reads,
	// nothing is stored.
	Put(ctx context.Context, name string, r io.Reader) (Blob, error)
	// Open returns ErrNotFound if the store has no such blob. The File stays open after ctx ends.
	Open(ctx context.Context, name string) (File, error)
	// Append writes what r has after the first offset bytes of an unfinished blob and truncates anything behind them;
	// the bytes are durable when it returns. state is the checksum of the first bytes as the last Append returned it,
	// nil for offset 0. If r fails or ctx ends, n counts the bytes written so far and err is that error; if the store
	// fails, n is 0. ErrNotFound means that the first bytes are lost.
	Append(ctx context.Context, name string, offset int64, state []byte, r io.Reader) (n int64, next []byte, err error)
	// Finish makes a blob of what Append has written. Calling it again is safe.
	Finish(ctx context.Context, name string, size int64, state []byte) (Blob, error)
	// Delete removes blobs, finished or not. A missing blob is not an error.
	Delete(ctx context.Context, names ...string) error
	// List calls each for every blob, finished or not, that was last written before the given time.
	List(ctx context.Context, before time.Time, each func(name string) error) error
	// Free returns the free space, in bytes.
	Free() (uint64, error)
}

// Blob is what was stored.
type Blob struct {
	Name   string
	Size   int64 // in bytes
	SHA256 []byte
}

// File is an open blob.
type File interface {
	io.ReadSeekCloser
	Size() int64
	ModTime() time.Time
}

// NewName returns an unguessable name (130 random bits) of lower-case letters and digits, valid in any file system
// and URL.
func NewName() string { return strings.ToLower(rand.Text()) }

// ValidName reports whether a blob may have the name: letters, digits, and `.`, `_`, `-` within.
func ValidName(name string) bool {
	if len(name) < 3 || len(name) > 128 {
		return false
	}
	for i, c := range []byte(name) {
		inside := i > 2 && (c == '.' || c == '_' || c == '-')
		if !inside && !alphanumeric(c) {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}
