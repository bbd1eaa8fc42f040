package static

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVendoredFilesMatchTheirChecksums(t *testing.T) {
	sums := map[string]string{}
	for line := range strings.Lines(string(read(files, "vendor/SHA256SUMS"))) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[name] = sum
	}
	entries, err := files.ReadDir("vendor")
	require.NoError(t, err)
	require.Len(t, sums, len(entries)-1)
	for _, entry := range entries {
		if name := entry.Name(); name != "SHA256SUMS" {
			sum := sha256.Sum256(read(files, "vendor/"+name))
			require.Equal(t, hex.EncodeToString(sum[:]), sums[name], name)
		}
	}
}
