//go:build linux || darwin

package files

import "syscall"

// Free is the room that is left in the folder.
func (d *Disk) Free() (uint64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(d.root.Name(), &disk); err != nil {
		return 0, err
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}
