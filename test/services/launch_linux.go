package services

import "syscall"

// launch holds the process attributes of a program.
type launch struct {
	as    *owner         // the user it runs as; nil: the user that runs the tests
	death syscall.Signal // the signal that the kernel sends it when the test binary ends for any reason
}

func (l launch) sysProcAttr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: l.death}
	if l.as != nil {
		attr.Credential = &syscall.Credential{Uid: l.as.uid, Gid: l.as.gid}
	}
	return attr
}
