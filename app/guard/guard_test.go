package guard_test

import (
	"bytes"
	"log/slog"
	"testing"

	"dchat/app/guard"

	"github.com/stretchr/testify/require"
)

func TestWorkGoesOnAfterAPanic(t *testing.T) {
	var out bytes.Buffer
	runs := 0
	guard.Loop(slog.New(slog.NewJSONHandler(&out, nil)), "counting", func() {
		if runs++; runs == 1 {
			panic("one")
		}
	})
	require.Equal(t, 2, runs)
	require.Contains(t, out.String(), `"msg":"counting panicked","panic":"one"`)
	require.Contains(t, out.String(), "guard_test.go", "the stack")
}
