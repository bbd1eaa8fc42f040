//go:build rehearsal

package rehearsal

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stack is a stack that somebody has deployed. It is spoken to as its operator does.
type stack struct {
	t    *testing.T
	name string
}

// docker runs a command and returns what it says.
func (s *stack) docker(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	require.NoError(s.t, err, "docker %s: %s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

func (s *stack) service(name string) string { return s.name + "_" + name }

// containers are those of a service that run on this machine.
func (s *stack) containers(service string) []string {
	s.t.Helper()
	return strings.Fields(s.docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name="+s.service(service)))
}

// renew replaces every container of a service, as a new release does, and waits for the end.
func (s *stack) renew(service string) {
	s.t.Helper()
	s.docker("service", "update", "--quiet", "--detach=false", "--force", s.service(service))
	s.awaitWhole()
}

// scale sets the number of replicas.
func (s *stack) scale(service, replicas string) {
	s.t.Helper()
	s.docker("service", "scale", "--detach=false", s.service(service)+"="+replicas)
}

// kill ends a container without a word, and waits until another has taken its place.
func (s *stack) kill(service, container string) {
	s.t.Helper()
	before := len(s.containers(service))
	s.docker("kill", container)
	require.Eventually(s.t, func() bool {
		now := s.containers(service)
		return len(now) == before && !slices.Contains(now, container)
	}, time.Minute, 200*time.Millisecond, "nothing takes the place of what was killed")
	s.awaitWhole()
}

// awaitWhole waits until every service has all its replicas, each of them healthy.
func (s *stack) awaitWhole() {
	s.t.Helper()
	var services string
	whole := func() bool {
		services = s.docker("stack", "services", "--format", "{{.Name}} {{.Replicas}}", s.name)
		for line := range strings.Lines(services) {
			run, want, _ := strings.Cut(strings.Fields(line)[1], "/")
			if run != want {
				return false
			}
		}
		return true
	}
	require.Eventually(s.t, whole, 3*time.Minute, 500*time.Millisecond, "the stack does not get whole:\n%s", &services)
}
