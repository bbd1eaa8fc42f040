package services

import "syscall"

// launch is what a program needs of the operating system besides its command line.
type launch struct {
	as    *owner         // the user it runs as; nil: the user that runs the tests
	death syscall.Signal // what the kernel sends it when the test binary dies, however that dies
}

func (l launch) sysProcAttr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: l.death}
	if l.as != nil {
		attr.Credential = &syscall.Credential{Uid: l.as.uid, Gid: l.as.gid}
	}
	return attr
}
