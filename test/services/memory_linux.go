package services

import "syscall"

const (
	tmpfs  = 0x01021994
	enough = 2 << 30 // bytes: every database is a copy of hundreds of files
)

// memory returns the parent of folders whose files may lie in memory, or "" for that of temporary files.
func memory() string {
	const dir = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Type != tmpfs || fs.Bavail*uint64(fs.Bsize) < enough {
		return ""
	}
	return dir
}
