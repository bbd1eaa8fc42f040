package cli

import (
	"bufio"
	"context"
	"io"
)

// piece is how much goes through a pipe at once.
const piece = 256 << 10

// impatient stops reading when ctx ends, also while a read blocks.
func impatient(ctx context.Context, from io.Reader) io.Reader {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.CopyBuffer(w, from, make([]byte, piece))
		_ = w.CloseWithError(err)
	}()
	return bufio.NewReaderSize(r, piece)
}

// impatiently stops writing when ctx ends, also while a write blocks.
func impatiently(ctx context.Context, to io.Writer, write func(io.Writer) error) error {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = r.CloseWithError(ctx.Err()) })
	taken := make(chan error, 1)
	go func() {
		_, err := io.CopyBuffer(to, r, make([]byte, piece))
		_ = r.CloseWithError(err)
		taken <- err
	}()
	err := write(w)
	_ = w.CloseWithError(err)
	select {
	case failed := <-taken:
		if err == nil {
			err = failed
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
