package swarm

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// Apart adds two entries to the stack that each lead to one replica of the app, and removes them at the end. Browsers
// must send the origin of the stack, as nodes accept no other.
func (s *Stack) Apart() (entries [2]*harness.Server) {
	s.t.Helper()
	replicas := s.Containers("app")
	require.GreaterOrEqual(s.t, len(replicas), len(entries))
	for i := range entries {
		entries[i] = s.pin(fmt.Sprintf("entry-%d", i+1), replicas[i])
	}
	return entries
}

func (s *Stack) pin(name, container string) *harness.Server {
	s.t.Helper()
	_, here, _, _ := runtime.Caller(0)
	conf, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../../infra/nginx/nginxserver.conf"))
	require.NoError(s.t, err)
	replica := strings.TrimPrefix(s.docker("inspect", "--format", "{{.Name}}", container), "/")
	text := strings.ReplaceAll(string(conf), "default app:8080", "default "+replica+":8080")
	require.Contains(s.t, text, replica)
	name = s.full(name)
	create := exec.Command("docker", "config", "create", name, "-")
	create.Stdin = strings.NewReader(text)
	out, err := create.CombinedOutput()
	require.NoError(s.t, err, "%s", out)
	s.t.Cleanup(func() { s.docker("config", "rm", name) })
	port := fmt.Sprint(services.FreePort(s.t))
	frame := s.docker("service", "inspect", "--format",
		`{{range .Spec.TaskTemplate.ContainerSpec.Configs}}{{if eq .File.Name "/etc/nginx/nginx.conf"}}{{.ConfigName}}{{end}}{{end}}`, s.full("nginxserver"))
	image := s.docker("service", "inspect", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", s.full("nginxserver"))
	s.docker("service", "create", "--quiet", "--detach=false", "--no-resolve-image", "--name", name, "--network", s.full("entry"), "--endpoint-mode", "dnsrr",
		"--publish", "mode=host,target=8080,published="+port, "--user", "65532:65532", "--mount", "type=tmpfs,target=/tmp",
		"--config", "source="+frame+",target=/etc/nginx/nginx.conf", "--config", "source="+name+",target=/etc/nginx/conf.d/default.conf", image)
	s.t.Cleanup(func() { s.docker("service", "rm", name) })
	entry := harness.At(s.t, "http://127.0.0.1:"+port)
	entry.Origin = s.Entry.Origin
	require.Eventually(s.t, func() bool {
		answer, err := entry.Stranger().Do(http.MethodGet, "/readyz", nil, nil)
		return err == nil && answer.Status == http.StatusOK
	}, time.Minute, 100*time.Millisecond, "the entry to %s does not get ready", replica)
	return &entry
}
