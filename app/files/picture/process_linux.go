package picture

import (
	"os"
	"os/exec"
	"syscall"
)

// endWithParent makes the kernel kill the process when its parent dies.
func endWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// yield lowers the priority of this process and makes it the first to be killed when memory is short, where the
// system permits that.
func yield() {
	const seconds = 60 // of a processor
	_ = syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds})
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 5)
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
}
