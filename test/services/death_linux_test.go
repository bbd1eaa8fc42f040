package services

import (
	"bufio"
	"cmp"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const victim = "DCHAT_TEST_VICTIM"

// TestServersEndWithKilledTestBinary runs this binary again, kills it and checks that its servers end.
func TestServersEndWithKilledTestBinary(t *testing.T) {
	Postgres(t) // skips the test unless both are installed
	Redis(t)

	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$", "-test.v")
	cmd.Env = append(os.Environ(), victim+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	var servers []string
	for lines := bufio.NewScanner(out); len(servers) < 2 && lines.Scan(); {
		if _, address, ok := strings.Cut(lines.Text(), "serving "); ok {
			servers = append(servers, address)
		}
	}
	require.Len(t, servers, 2)
	for _, address := range servers {
		require.True(t, answers(address), address)
	}
	left := folderPrefix + strconv.Itoa(cmd.Process.Pid) + "-*"
	require.NotEmpty(t, glob(t, left))

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	for _, address := range servers {
		eventually(t, address+" has ended", func() bool { return !answers(address) })
	}
	eventually(t, "its folders are removed", func() bool {
		for _, parent := range parents() {
			sweep(parent)
		}
		return len(glob(t, left)) == 0
	})
}

// TestVictim starts servers and waits, when TestServersEndWithKilledTestBinary runs it.
func TestVictim(t *testing.T) {
	if os.Getenv(victim) == "" {
		return
	}
	for _, address := range []string{Postgres(t), Redis(t).URL} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		_, err = os.Stdout.WriteString("serving " + u.Host + "\n")
		require.NoError(t, err)
	}
	select {}
}

func answers(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// parents are the folders in which folders of servers may lie.
func parents() []string { return []string{os.TempDir(), cmp.Or(memory(), os.TempDir())} }

func glob(t *testing.T, pattern string) (all []string) {
	for _, parent := range parents() {
		found, err := filepath.Glob(filepath.Join(parent, pattern))
		require.NoError(t, err)
		all = append(all, found...)
	}
	return all
}
