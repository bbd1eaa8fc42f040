package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// halfSent begins to send a body, and ends it when finish is called.
func halfSent(t *testing.T, send func(io.Reader) (*answer, error), body []byte) (finish func() *answer) {
	t.Helper()
	r, w := io.Pipe()
	type outcome struct {
		answer *answer
		err    error
	}
	answered := make(chan outcome, 1)
	go func() {
		a, err := send(r)
		_ = r.Close() // the rest is not read
		answered <- outcome{a, err}
	}()
	half := len(body) * 2 / 3
	_, err := w.Write(body[:half])
	require.NoError(t, err)
	return func() *answer {
		_, _ = w.Write(body[half:]) // the answer may come before the end
		_ = w.Close()
		o := <-answered
		require.NoError(t, o.err)
		return o.answer
	}
}

// stopping ends a process, and returns once it takes no connections.
func stopping(t *testing.T, p *harness.Process) (stopped chan struct{}) {
	t.Helper()
	stopped = make(chan struct{})
	go func() { p.Stop(); close(stopped) }()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, patience, tick)
	return stopped
}

// A process that receives the signal keeps the bytes of an upload, and the browser resumes.
func TestUploadResumesAfterShutdown(t *testing.T) {
	p := harness.SQLite(t).Exec(t)
	anna, bert := p.SignUp(t, "anna"), p.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	content := noise(7, 9<<20)
	path, id := begun(t, anna, "big.bin", int64(len(content)))
	finish := halfSent(t, func(body io.Reader) (*answer, error) {
		return tryTus(anna, http.MethodPatch, path, body, "Upload-Offset", "0")
	}, content)
	require.Eventually(t, func() bool { return offset(t, anna, path) > 0 }, patience, tick)
	stopped := stopping(t, p)
	a := finish()
	require.Contains(t, []int{http.StatusNoContent, http.StatusServiceUnavailable}, a.Status, a.Body)
	<-stopped

	p.Start()
	has := offset(t, anna, path)
	require.GreaterOrEqual(t, has, 4<<20, "what was written down")
	require.Equal(t, http.StatusNoContent, patch(t, anna, path, has, content[has:]).Status)
	sentFiles(t, anna, "bert", id)
	require.Equal(t, sum(content), sum([]byte(bert.Get(links(t, bert, "anna")[0], false).Body)))
}

// A form cannot resume, so it is read to its end.
func TestFormWithFileFinishesDuringShutdown(t *testing.T) {
	p := harness.SQLite(t).Exec(t)
	anna, bert := p.SignUp(t, "anna"), p.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	content := noise(8, 9<<20)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	require.NoError(t, w.WriteField("key", uuid.NewString()))
	part, err := w.CreateFormFile("attachment", "big.bin")
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	header := http.Header{"Origin": {anna.Origin()}, "Content-Type": {w.FormDataContentType()}}
	finish := halfSent(t, func(body io.Reader) (*answer, error) {
		return anna.Do(http.MethodPost, "/chats/bert/messages", header, body)
	}, form.Bytes())
	stopped := stopping(t, p)
	time.Sleep(500 * time.Millisecond) // of the ten seconds that it has
	a := finish()
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
	<-stopped
	p.Start()
	require.Equal(t, sum(content), sum([]byte(bert.Get(links(t, bert, "anna")[0], false).Body)))
}
