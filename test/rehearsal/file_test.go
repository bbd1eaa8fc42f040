package rehearsal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dchat/test/harness"
	"dchat/test/page"

	"github.com/stretchr/testify/require"
)

// chunk is the size of the requests of an upload.
const chunk = 512 << 10

// upload sends a file with the tus protocol and returns its id.
func upload(t *testing.T, who *harness.Person, name, kind string, content []byte) string {
	t.Helper()
	encoded := base64.StdEncoding.EncodeToString
	header := http.Header{
		"Origin": {who.Origin()}, "Tus-Resumable": {"1.0.0"}, "Upload-Length": {fmt.Sprint(len(content))},
		"Upload-Metadata": {"filename " + encoded([]byte(name)) + ",filetype " + encoded([]byte(kind))},
	}
	answer, err := who.Do(http.MethodPost, "/uploads", header, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, answer.Status, answer.Body)
	path := answer.Header.Get("Location")
	for at := 0; at < len(content); at += chunk {
		header := http.Header{
			"Origin": {who.Origin()}, "Tus-Resumable": {"1.0.0"}, "Upload-Offset": {fmt.Sprint(at)}, "Content-Type": {"application/offset+octet-stream"},
		}
		answer, err := who.Do(http.MethodPatch, path, header, bytes.NewReader(content[at:min(at+chunk, len(content))]))
		require.NoError(t, err)
		require.Equal(t, http.StatusNoContent, answer.Status, answer.Body)
	}
	return strings.TrimPrefix(path, "/uploads/")
}

// sendFile sends a file from one person, and the other downloads it through their own entry.
func (k *talk) sendFile(from int, name string, content []byte) {
	k.t.Helper()
	sender, reader := k.pages[from], k.pages[1-from]
	body := "look at " + name
	sender.send(body, func() {}, upload(k.t, sender.who, name, "application/octet-stream", content))
	shown := reader.await(body, func(r page.Row) bool { return r.Text == body })
	answer := reader.who.Get(reader.link(shown), false)
	require.Equal(k.t, http.StatusOK, answer.Status, answer.Body)
	require.True(k.t, bytes.Equal(content, []byte(answer.Body)), "the file is changed")
}
