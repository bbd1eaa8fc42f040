package swarm

import (
	"io"
	"os/exec"
	"strings"
)

// Backup writes an archive of the stack, as described in docs/operations.md.
func (s *Stack) Backup(to io.Writer) {
	s.t.Helper()
	s.pipe(nil, to, "exec", s.Containers("worker")[0], "/dchat", "backup")
}

// Restore deletes the data of the stack and restores an archive, as described in docs/operations.md. Meanwhile no
// nodes run.
func (s *Stack) Restore(from io.Reader) {
	s.t.Helper()
	image := s.docker("service", "inspect", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", s.full("app"))
	nodes := s.docker("service", "inspect", "--format", "{{.Spec.Mode.Replicated.Replicas}}", s.full("app"))
	for _, service := range []string{"app", "worker", "backup", "mediaserver", "postgres"} {
		s.Scale(service, "0")
	}
	for _, volume := range []string{"postgres", "storage"} {
		s.removeVolume(s.full(volume))
	}
	s.Scale("postgres", "1")
	s.docker("exec", s.Containers("postgres")[0], "psql", "-U", "dchat", "-d", "postgres", "-c", "DROP DATABASE dchat WITH (FORCE)", "-c", "CREATE DATABASE dchat")
	s.docker("run", "--rm", "--user", "0", "--volume", s.full("storage")+":/files", "postgres:17-bookworm", "find", "/files", "-mindepth", "1", "-delete")
	password := s.docker("exec", s.Containers("postgres")[0], "cat", "/run/secrets/dchat_postgres_password")
	s.pipe(from, s.t.Output(), "run", "--rm", "--interactive", "--network", s.full("data"),
		"--env", "DATABASE_URL=postgres://dchat:"+password+"@postgres/dchat", "--volume", s.full("storage")+":/data/files", image, "restore")
	s.Scale("worker", "1")
	s.Scale("app", nodes)
	s.Scale("mediaserver", "1")
	s.Scale("backup", "1")
	s.AwaitComplete()
}

// removeVolume removes the containers of a volume first.
func (s *Stack) removeVolume(name string) {
	s.t.Helper()
	for _, container := range strings.Fields(s.docker("ps", "-qa", "--filter", "volume="+name)) {
		_ = exec.Command("docker", "rm", "--force", container).Run() // Swarm may be quicker
	}
	s.docker("volume", "rm", name)
}
