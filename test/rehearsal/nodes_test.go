package rehearsal

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dchat/test/harness"
	"dchat/test/services"

	"github.com/stretchr/testify/require"
)

// cluster is two nodes behind nginx as configured in infra/nginx: one entry per person, which uses one node and,
// while that is down, the other.
type cluster struct {
	nodes   [2]*harness.Process
	entries [2]harness.Server
	media   string // the media server's log
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	b := harness.Postgres(t)
	c := &cluster{media: filepath.Join(t.TempDir(), "media")}
	for i := range c.nodes {
		c.nodes[i] = b.Exec(t)
	}
	media := services.Nginx(t, "../../infra/nginx/mediaserver.conf", c.places(0, map[string]string{
		"alias /storage/": "alias " + filepath.Join(b.DataDir(), "files") + "/", "/dev/stdout": c.media,
	}))
	for i := range c.entries {
		entry := services.Nginx(t, "../../infra/nginx/nginxserver.conf", c.places(i, map[string]string{
			"mediaserver:8080": host(media.URL), "/dev/stdout": filepath.Join(t.TempDir(), "entry"),
		}))
		c.entries[i] = harness.At(t, entry.URL)
	}
	return c
}

// places replaces the app in a configuration by both nodes, the preferred one first.
func (c *cluster) places(preferred int, more map[string]string) map[string]string {
	more["app:8080"] = "nodes"
	more[`map "" $app`] = fmt.Sprintf("upstream nodes {\n server %s max_fails=0;\n server %s max_fails=0 backup;\n}\n"+`map "" $app`,
		host(c.nodes[preferred].URL), host(c.nodes[1-preferred].URL))
	return more
}

func host(url string) string { return strings.TrimPrefix(url, "http://") }

// Two people on two nodes chat and send files; then the nodes are updated one after the other, and finally one is
// killed.
func TestConversationSurvivesNodes(t *testing.T) {
	c := startCluster(t)
	anna, bert := c.entries[0].SignUp(t, "anna"), c.entries[0].SignUp(t, "bert").At(&c.entries[1])
	harness.Connect(t, anna, bert)
	k := openTalk(t, anna, bert)
	content := make([]byte, 300_000)
	rand.Read(content)
	for from := range k.pages {
		k.sendFile(from, fmt.Sprintf("%d.bin", from), content)
	}
	log, err := os.ReadFile(c.media)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(log), " GET /files/"), string(log))

	o := k.during("an update", func() {
		for _, node := range c.nodes {
			node.Stop()
			node.Start()
		}
	})
	o.requireComplete(t)
	require.Zero(t, o.refused+o.noAnswer, "an update refuses no send")

	k.during("a crash", func() {
		c.nodes[0].Kill() // since the update both use this node
		c.nodes[0].Start()
	}).requireComplete(t)
}
