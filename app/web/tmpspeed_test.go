package web_test

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"dchat/app/apptest"

	"github.com/stretchr/testify/require"
)

func TestTmpSpeed(t *testing.T) {
	apptest.Backends(t, func(t *testing.T, b *backend) {
		p := b.Exec(t)
		anna, bert := p.SignUp(t, "anna"), p.SignUp(t, "bert")
		apptest.Connect(t, anna, bert)
		idle, _ := memory(t, p)
		forget(t, p)
		const size = 2_000_000_000
		body, _ := film(size)
		path, _ := begun(t, anna, "film", size)
		at := time.Now()
		a := tus(t, anna, http.MethodPatch, path, body, "Upload-Offset", "0")
		require.Equal(t, http.StatusNoContent, a.Status, a.Body)
		_, most := memory(t, p)
		t.Logf("one PATCH: %.0f MB/s, idle %d MB, most %d MB", size/1e6/time.Since(at).Seconds(), idle, most)
		const small = 300_000_000
		body, _ = film(small)
		path, _ = begun(t, anna, "film", small)
		at = time.Now()
		chunk := make([]byte, 1_000_000)
		for off := 0; off < small; off += len(chunk) {
			_, _ = io.ReadFull(body, chunk)
			a := tus(t, anna, http.MethodPatch, path, bytes.NewReader(chunk), "Upload-Offset", strconv.Itoa(off))
			require.Equal(t, http.StatusNoContent, a.Status, a.Body)
		}
		_, most = memory(t, p)
		t.Logf("1 MB chunks: %.0f MB/s, %.1f ms a chunk, most %d MB", small/1e6/time.Since(at).Seconds(), time.Since(at).Seconds()*1000/300, most)
	})
}
