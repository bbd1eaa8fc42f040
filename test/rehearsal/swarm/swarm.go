// Package swarm operates a deployed stack for the rehearsals. Only they import it; it needs docker on a manager.
package swarm

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// patience is how long to wait for events that must happen.
const patience = 90 * time.Second

// Stack is a deployed stack.
type Stack struct {
	Entry harness.Server // the public address

	t    *testing.T
	name string
	mail string // the address of the mail server's page, which shows every email; "" without a mail server
}

// Deployed returns the stack named by the environment, once it is complete.
func Deployed(t *testing.T) *Stack {
	t.Helper()
	base, name := os.Getenv("DCHAT_REHEARSE_URL"), os.Getenv("DCHAT_REHEARSE_STACK")
	require.NotEmpty(t, base, "DCHAT_REHEARSE_URL")
	require.NotEmpty(t, name, "DCHAT_REHEARSE_STACK")
	s := &Stack{Entry: harness.At(t, base), t: t, name: name, mail: os.Getenv("DCHAT_REHEARSE_MAIL")}
	s.AwaitComplete()
	return s
}

// For returns the same stack for a subtest.
func (s *Stack) For(t *testing.T) *Stack {
	of := *s
	of.t = t
	return &of
}

// docker runs a command and returns its output.
func (s *Stack) docker(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	require.NoError(s.t, err, "docker %s: %s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

// pipe is docker with an input and an output.
func (s *Stack) pipe(in io.Reader, out io.Writer, args ...string) {
	s.t.Helper()
	cmd := exec.Command("docker", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, s.t.Output()
	require.NoError(s.t, cmd.Run(), "docker %s", strings.Join(args, " "))
}

// full returns a name with the prefix of the stack.
func (s *Stack) full(name string) string { return s.name + "_" + name }

// Containers returns the containers of a service on this machine.
func (s *Stack) Containers(service string) []string {
	s.t.Helper()
	return strings.Fields(s.docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name="+s.full(service)))
}

// Log returns the log of a service.
func (s *Stack) Log(service string) string {
	s.t.Helper()
	return s.docker("service", "logs", "--raw", s.full(service))
}

// Renew replaces every container of a service, as a new release does, and waits for the end.
func (s *Stack) Renew(service string) {
	s.t.Helper()
	s.docker("service", "update", "--quiet", "--detach=false", "--force", s.full(service))
	s.AwaitComplete()
}

// Scale sets the number of replicas.
func (s *Stack) Scale(service, replicas string) {
	s.t.Helper()
	s.docker("service", "scale", "--detach=false", s.full(service)+"="+replicas)
}

// Kill kills a container and waits until another has replaced it.
func (s *Stack) Kill(service, container string) {
	s.t.Helper()
	before := len(s.Containers(service))
	s.docker("kill", container)
	require.Eventually(s.t, func() bool {
		now := s.Containers(service)
		return len(now) == before && !slices.Contains(now, container)
	}, time.Minute, 200*time.Millisecond, "no container replaces the killed one")
	s.AwaitComplete()
}

// AwaitComplete waits until every service has all its replicas, each of them healthy.
func (s *Stack) AwaitComplete() {
	s.t.Helper()
	var services string
	complete := func() bool {
		services = s.docker("stack", "services", "--format", "{{.Name}} {{.Replicas}}", s.name)
		for line := range strings.Lines(services) {
			run, want, _ := strings.Cut(strings.Fields(line)[1], "/")
			if run != want {
				return false
			}
		}
		return true
	}
	require.Eventually(s.t, complete, 3*time.Minute, 500*time.Millisecond, "the stack does not get complete:\n%s", &services)
}
