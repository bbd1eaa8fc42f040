//go:build linux || darwin

package files

import "syscall"

// Free returns the free space of the folder's disk, in bytes.
func (d *Disk) Free() (uint64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(d.root.Name(), &disk); err != nil {
		return 0, err
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}
