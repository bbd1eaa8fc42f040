package services

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Program is a DChat server in a separate process, which a test can stop and start.
type Program struct {
	tb      testing.TB
	path    string
	env     []string
	probe   func() error // returns nil once the program serves
	dir     string
	running *process
}

// NewProgram prepares a program with the environment env. The end of the test kills it.
func NewProgram(tb testing.TB, path string, env []string, probe func() error) *Program {
	p := &Program{tb: tb, path: path, env: env, probe: probe, dir: tb.TempDir()}
	tb.Cleanup(func() {
		p.Stop(os.Kill)
		if tb.Failed() {
			tb.Logf("%s logged:\n%s", filepath.Base(path), p.Log())
		}
	})
	return p
}

// Start returns once the program serves. Starting a running one does nothing.
func (p *Program) Start() {
	p.tb.Helper()
	if p.running != nil {
		return
	}
	cmd := exec.Command(p.path)
	cmd.Dir, cmd.Env = p.dir, p.env
	running, err := start(cmd, p.log(), launch{death: syscall.SIGKILL})
	if err == nil {
		err = running.ready(p.probe)
	}
	if err != nil {
		p.tb.Fatalf("%v", err)
	}
	p.running = running
}

// Stop sends the signal and waits for the end. Stopping a stopped program does nothing.
func (p *Program) Stop(sig os.Signal) {
	if p.running != nil {
		p.running.stop(sig)
		p.running = nil
	}
}

// Log returns its output.
func (p *Program) Log() string {
	text, _ := os.ReadFile(p.log())
	return string(text)
}

func (p *Program) log() string { return filepath.Join(p.dir, "log") }
