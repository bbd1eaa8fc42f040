//go:build !linux

package services

import "syscall"

// launch is what a program needs of the operating system besides its command line. Away from Linux the
// tests run as an ordinary person, and a killed test binary may leave its servers running.
type launch struct {
	as    *owner
	death syscall.Signal
}

func (launch) sysProcAttr() *syscall.SysProcAttr { return nil }
