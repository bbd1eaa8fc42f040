package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"dchat/app/config"
	"dchat/test/services"

	"github.com/caarlos0/env/v11"
	"github.com/stretchr/testify/require"
)

// Process is a node in a separate process, which a test may kill.
type Process struct {
	Server
	program *services.Program
}

var binary struct {
	once sync.Once
	path string
	err  error
	out  []byte
}

// build compiles the server once for all tests.
func build(t *testing.T) string {
	t.Helper()
	binary.once.Do(func() {
		binary.path = filepath.Join(services.Folder(t), "dchat")
		cmd := exec.Command("go", "build", "-o", binary.path, "dchat")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is delivered, and compiled once for all
		binary.out, binary.err = cmd.CombinedOutput()
	})
	require.NoError(t, binary.err, "%s", binary.out)
	return binary.path
}

// Exec starts a process on a free port, with rate limits off unless an extra NAME=value says
// otherwise. The end of the test kills it.
func (b *Backend) Exec(t *testing.T, extra ...string) *Process {
	t.Helper()
	return b.exec(t, build(t), extra)
}

// ExecWithin is Exec with a limit on file descriptors.
func (b *Backend) ExecWithin(t *testing.T, descriptors int, extra ...string) *Process {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dchat")
	script := fmt.Sprintf("#!/bin/sh\nulimit -n %d\nexec '%s'\n", descriptors, build(t))
	require.NoError(t, os.WriteFile(path, []byte(script), 0o700))
	return b.exec(t, path, extra)
}

func (b *Backend) exec(t *testing.T, path string, extra []string) *Process {
	t.Helper()
	vars := b.environment(t)
	for name, value := range env.ToMap(extra) {
		vars[name] = value
	}
	var config config.Config
	require.NoError(t, env.ParseWithOptions(&config, env.Options{Environment: vars}))
	list := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	for name, value := range vars {
		list = append(list, name+"="+value)
	}
	p := &Process{Server: newServer(t, config)}
	p.program = services.NewProgram(t, path, list, p.probe)
	p.Start()
	return p
}

// Start starts a process that was killed or stopped, on the same port and data.
func (p *Process) Start() {
	p.t.Helper()
	p.program.Start()
}

// Kill ends the process with SIGKILL.
func (p *Process) Kill() { p.end(syscall.SIGKILL) }

// Stop ends the process gracefully with SIGTERM.
func (p *Process) Stop() { p.end(syscall.SIGTERM) }

func (p *Process) end(sig os.Signal) {
	p.client.CloseIdleConnections()
	p.program.Stop(sig)
}

// Log returns the output of the process.
func (p *Process) Log() string { return p.program.Log() }
