package picture

import (
	"os"
	"os/exec"
	"syscall"
)

// endWithParent has a process die with the one that starts it.
func endWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// yield has this process come after all others, and be the first to go when memory is short. Where that is forbidden
// it is one like any other.
func yield() {
	const seconds = 60 // of a processor
	_ = syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds})
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 5)
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
}
