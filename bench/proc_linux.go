package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// tick is the unit of CPU times in /proc, the same on every architecture Go knows.
const tick = time.Second / 100

var errGone = errors.New("no such process")

type procStat struct {
	name   string
	parent int
	cpu    time.Duration // of its own and of children that have ended
	rss    int64         // bytes
}

// readUsage adds up a process and all that descend from it.
func readUsage(pid int) (usage, error) {
	root, err := readStat(pid)
	if err != nil {
		return usage{}, err
	}
	total := usage{pid: pid, name: root.name, rss: root.rss, cpu: root.cpu}
	children := liveChildren()
	for queue := children[pid]; len(queue) > 0; queue = queue[1:] {
		child, err := readStat(queue[0])
		if err != nil {
			continue // ended between two looks
		}
		total.rss += child.rss
		total.cpu += child.cpu
		queue = append(queue, children[queue[0]]...)
	}
	return total, nil
}

func liveChildren() map[int][]int {
	children := map[int][]int{}
	paths, _ := filepath.Glob("/proc/[0-9]*")
	for _, path := range paths {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}
		if stat, err := readStat(pid); err == nil {
			children[stat.parent] = append(children[stat.parent], pid)
		}
	}
	return children
}

func readStat(pid int) (procStat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return procStat{}, errGone
	}
	// The name stands in parentheses and may hold any byte, so fields are counted from its end.
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return procStat{}, errGone
	}
	fields := bytes.Fields(text[end+1:])
	if len(fields) < 22 {
		return procStat{}, errGone
	}
	number := func(field int) int64 { // numbered as in proc(5)
		n, _ := strconv.ParseInt(string(fields[field-3]), 10, 64)
		return n
	}
	return procStat{
		name:   string(text[open+1 : end]),
		parent: int(number(4)),
		cpu:    time.Duration(number(14)+number(15)+number(16)+number(17)) * tick,
		rss:    number(24) * int64(os.Getpagesize()),
	}, nil
}

// openFiles raises the limit of open files as far as it goes and returns it.
func openFiles() (uint64, bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	if limit.Cur < limit.Max {
		raised := syscall.Rlimit{Cur: limit.Max, Max: limit.Max}
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
			limit = raised
		}
	}
	return limit.Cur, true
}
