package picture

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"dchat/app/files"

	"golang.org/x/sync/semaphore"
)

// apartWithin limits the time of the decoding process on a busy machine. Ordinary pictures take a few seconds.
var apartWithin = 2 * time.Minute

// apart is for one picture at a time: each takes as much as heif.Memory.
var apart = semaphore.NewWeighted(1)

// decodeApart calls use with the image that another process has decoded, no larger than the largest preview. If that
// process dies, the error is ErrNotPicture.
func (h head) decodeApart(ctx context.Context, file io.ReadSeeker, use func(whole image.Image, bounds image.Rectangle) error) error {
	if err := apart.Acquire(ctx, 1); err != nil {
		return err
	}
	defer apart.Release(1)
	whole, err := h.pixelsApart(ctx, file)
	if err != nil {
		return err
	}
	return use(whole, whole.Rect)
}

func (h head) pixelsApart(ctx context.Context, file io.ReadSeeker) (*image.RGBA, error) {
	o := h.order()
	wide, high := o.Crop.Dx(), o.Crop.Dy()
	whole := image.NewRGBA(image.Rect(0, 0, fit(wide, wide, high, o.Limit), fit(high, wide, high, o.Limit)))
	timed, cancel := context.WithTimeout(ctx, apartWithin)
	defer cancel()
	source := &smallReads{r: files.Mindful{Context: timed, From: bufio.NewReaderSize(h.bare(file), walkBuffer)}}
	said, out := &first{left: 4 << 10}, &first{left: len(whole.Pix) + 1}
	cmd, err := o.command(timed)
	if err != nil {
		return nil, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = source, out, said
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case source.err != nil && timed.Err() == nil:
		return nil, source.err
	case err != nil:
		return nil, fmt.Errorf("%w: %w: %s", ErrNotPicture, err, strings.TrimSpace(said.String()))
	case copy(whole.Pix, out.Bytes()) != len(whole.Pix):
		return nil, ErrNotPicture
	}
	return whole, nil
}

// command runs this program again, without the settings and their secrets.
func (o order) command(ctx context.Context) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS == "linux" {
		path = "/proc/self/exe" // it may have been replaced
	}
	order, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, DecodeCommand, string(order))
	cmd.Env = []string{"SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
	cmd.WaitDelay = time.Second
	endWithParent(cmd)
	return cmd, nil
}

// first keeps the beginning of what is written.
type first struct {
	bytes.Buffer
	left int
}

// Write is an io.Writer's.
func (f *first) Write(p []byte) (int, error) {
	n := min(len(p), f.left)
	f.left -= n
	f.Buffer.Write(p[:n])
	return len(p), nil
}
