package password

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests of other packages hash at a lower cost.
func TestCostOfHashes(t *testing.T) {
	const prefix = "$argon2id$v=19$m=19456,t=2,p=1$"
	h := NewHasher()
	hash, err := h.Hash(t.Context(), "four quiet lanterns")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash, prefix), hash)
	require.True(t, strings.HasPrefix(unknownUserHash, prefix), "an unknown account takes as long")
	ok, err := h.Matches(t.Context(), "four quiet lanterns", hash)
	require.NoError(t, err)
	require.True(t, ok)
}
