package backup

import (
	"bufio"
	"errors"
	"io"
	"os"
)

// list is of any length, and nowhere in memory.
type list struct {
	file *os.File
	to   *bufio.Writer
}

func newList(dir string) (*list, error) {
	file, err := os.CreateTemp(dir, "backup-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // so that nothing is left, however the process ends; not everywhere
	return &list{file, bufio.NewWriter(file)}, nil
}

func (l *list) close() { _ = errors.Join(l.file.Close(), os.Remove(l.file.Name())) }

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
