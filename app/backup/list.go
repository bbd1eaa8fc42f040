package backup

import (
	"bufio"
	"io"
	"os"
)

// list is a list on disk, of any length.
type list struct {
	file *os.File
	to   *bufio.Writer
}

func newList(file *os.File) *list { return &list{file, bufio.NewWriter(file)} }

func (l *list) add(name string) error {
	_, err := l.to.WriteString(name + "\n")
	return err
}

func (l *list) each(f func(name string) error) error {
	if err := l.to.Flush(); err != nil {
		return err
	}
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	names := bufio.NewScanner(l.file)
	for names.Scan() {
		if err := f(names.Text()); err != nil {
			return err
		}
	}
	return names.Err()
}
