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

// ErrNotFound says that there is no blob of that name.
var ErrNotFound = errors.New("there is no such file")

// Store keeps blobs. A blob never changes: what is new has a new name.
type Store interface {
	// Put stores all that r gives, for good once it returns. An error, or the end of ctx between two
	// reads, leaves nothing behind.
	Put(ctx context.Context, name string, r io.Reader) (Blob, error)
	// Open returns ErrNotFound if there is no such blob. Its File outlives ctx.
	Open(ctx context.Context, name string) (File, error)
	// Append writes all that r gives behind the first offset bytes of what will be a blob, for good once
	// it returns; whatever else was there is gone. state is the checksum of these bytes as the last
	// Append returned it, nil for none. It counts what has come even if r fails or ctx ends in between,
	// and returns that error; after an error of its own nothing has. ErrNotFound: the bytes are lost.
	Append(ctx context.Context, name string, offset int64, state []byte, r io.Reader) (n int64, next []byte, err error)
	// Finish makes a blob of what Append has gathered. It may be asked again.
	Finish(ctx context.Context, name string, size int64, state []byte) (Blob, error)
	// Delete removes blobs, whole or not. That one of them is not there is no error.
	Delete(ctx context.Context, names ...string) error
	// List calls each for every blob, whole or not, that was last written to before a time.
	List(ctx context.Context, before time.Time, each func(name string) error) error
	// Free is how many bytes there is room for.
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

// NewName is a name that nobody can guess (130 bits), in letters and digits that any file system
// and any URL takes as they are.
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
