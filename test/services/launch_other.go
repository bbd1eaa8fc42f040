//go:build !linux

package services

import "syscall"

// launch holds the process attributes of a program. On systems other than Linux the tests run as the current
// user, and a killed test binary may leave its servers running.
type launch struct {
	as    *owner
	death syscall.Signal
}

func (launch) sysProcAttr() *syscall.SysProcAttr { return nil }
