package services

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// patience is how long a server may take to start or to stop.
const patience = time.Minute

// process is a started server; its goroutine is the only one that waits for its end.
type process struct {
	cmd   *exec.Cmd
	log   string        // the file for its output
	ended chan struct{} // closed when it has ended
}

// start runs a program with its output in the file log. The program ends with the test binary.
func start(cmd *exec.Cmd, log string, opts launch) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = opts.sysProcAttr()
	if err := onKeeper(cmd.Start); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// ready waits until probe answers nil. It fails when the program ends first.
func (p *process) ready(probe func() error) error {
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := probe()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended during its start: %s", p.cmd.Path, p.logTail())
		case <-deadline:
			p.stop(os.Kill)
			return fmt.Errorf("%s did not get ready: %w: %s", p.cmd.Path, err, p.logTail())
		case <-tick.C:
		}
	}
}

// stop sends the signal, waits for the end, and kills what does not end in time.
func (p *process) stop(sig os.Signal) {
	if err := p.cmd.Process.Signal(sig); errors.Is(err, os.ErrProcessDone) {
		<-p.ended
		return
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

func (p *process) logTail() string {
	text, _ := os.ReadFile(p.log)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}

// The kernel sends the death signal when the thread that started the child ends. One locked thread, which lives
// as long as the binary, therefore starts all programs.
var (
	keeperMu sync.Mutex
	keeper   chan func()
)

func onKeeper(f func() error) error {
	keeperMu.Lock()
	defer keeperMu.Unlock()
	if keeper == nil {
		keeper = make(chan func())
		go keep(keeper)
	}
	done := make(chan error)
	keeper <- func() { done <- f() }
	return <-done
}

func keep(work <-chan func()) {
	runtime.LockOSThread()
	for f := range work {
		f()
	}
}

func stopKeeper() {
	keeperMu.Lock()
	defer keeperMu.Unlock()
	if keeper != nil {
		close(keeper)
		keeper = nil
	}
}

// find returns the path of the first installed program, or "".
func find(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
