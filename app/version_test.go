package app

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersion(t *testing.T) {
	clone := func(modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}, {Key: "vcs.modified", Value: modified},
		}}
	}
	require.Equal(t, "1.2.3", describe("1.2.3", clone("false")), "a release")
	require.Equal(t, "v1.2.3", describe("", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}), "go install")
	require.Equal(t, "devel-0123456789ab", describe("", clone("false")))
	require.Equal(t, "devel-0123456789ab+changes", describe("", clone("true")))
	require.Equal(t, "(devel)", describe("", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}), "a source archive without version control")
	require.Equal(t, "(unknown)", describe("", nil))
}
