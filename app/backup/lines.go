package backup

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// portion is how many bytes of lines go into one entry before they are packed: a tar wants to know the
// size of what comes.
const portion = 4 << 20

// lines are entries of one JSON value a line.
type lines struct {
	to      *packer
	prefix  string
	entries int
	size    int // of what waits in packed, before it was packed
	packed  bytes.Buffer
	zip     *gzip.Writer
	json    *json.Encoder
}

func newLines(to *packer, prefix string) *lines {
	l := &lines{to: to, prefix: prefix}
	l.zip = gzip.NewWriter(&l.packed)
	l.json = json.NewEncoder(l)
	l.json.SetEscapeHTML(false)
	return l
}

func (l *lines) Write(line []byte) (int, error) {
	l.size += len(line)
	return l.zip.Write(line)
}

func (l *lines) add(value any) error {
	if err := l.json.Encode(value); err != nil {
		return err
	}
	if l.size < portion {
		return nil
	}
	return l.flush()
}

// flush makes an entry of what waits.
func (l *lines) flush() error {
	if l.size == 0 {
		return nil
	}
	if err := l.zip.Close(); err != nil {
		return err
	}
	l.entries++
	name := fmt.Sprintf("%s%06d.json.gz", l.prefix, l.entries)
	err := l.to.add(name, int64(l.packed.Len()), l.to.at, &l.packed)
	l.packed.Reset()
	l.zip.Reset(&l.packed)
	l.size = 0
	return err
}

// eachLine calls f for every line of the entry that next found, with its length.
func eachLine[T any](u *unpacker, f func(line T, size int) error) error {
	zip, err := gzip.NewReader(u.body)
	if err != nil {
		return u.wrong(err)
	}
	from := json.NewDecoder(zip)
	from.UseNumber() // 64 bits are more than a float has
	for at := int64(0); ; at = from.InputOffset() {
		var line T
		err := from.Decode(&line)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return u.wrong(err)
		}
		if err := f(line, int(from.InputOffset()-at)); err != nil {
			return err
		}
	}
}
