package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const bigFile = 40 << 20 // more than the buffers of a connection hold

// sentBig sends a large file and returns its address for the recipient.
func sentBig(t *testing.T, from, to *person) string {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	require.NoError(t, w.WriteField("key", uuid.NewString()))
	part, err := w.CreateFormFile("attachment", "big.bin")
	require.NoError(t, err)
	_, err = io.CopyN(part, zeros{}, bigFile)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	a, err := from.Do(http.MethodPost, "/chats/"+to.Username+"/messages", http.Header{"Origin": {from.Origin()}, "Content-Type": {w.FormDataContentType()}}, &form)
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
	address, ok := to.Get("/chats/"+from.Username, false).Doc().Find(`article a[href^="/files/"]`).Attr("href")
	require.True(t, ok)
	return address
}

// halfTaken begins a download and takes some of it.
func halfTaken(t *testing.T, server, address string, who *person) io.Reader {
	t.Helper()
	conn := dialURL(t, server)
	_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", address, who.Jar)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.EqualValues(t, bigFile, response.ContentLength)
	_, err = io.CopyN(io.Discard, response.Body, 1<<20)
	require.NoError(t, err)
	return response.Body
}

// A running download ends when its user loses access to the file, although much of it may be in flight.
func TestRevokedDownloadsAreCut(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		other := n
		if b.Redis() != nil {
			other = b.Start(t) // where the others are
		}
		for name, end := range map[string]func(t *testing.T, anna, bert *person){
			"a block":    func(t *testing.T, anna, bert *person) { did(t, anna.On(other), "/chats/"+bert.Username+"/block") },
			"a sign-out": func(t *testing.T, _, bert *person) { did(t, bert.On(other), "/logout") },
			"another password": func(t *testing.T, _, bert *person) {
				form := url.Values{"current_password": {harness.Password}, "password": {"three loud lanterns"}}
				require.Equal(t, http.StatusOK, other.SignIn(t, bert.Username).Post("/settings/password", form, true).Status)
			},
			"a deleted account": func(t *testing.T, _, bert *person) {
				require.Equal(t, http.StatusOK, bert.On(other).Post("/settings/delete", url.Values{"current_password": {harness.Password}}, true).Status)
			},
		} {
			t.Run(name, func(t *testing.T) {
				suffix := uuid.NewString()[:8]
				anna, bert := n.SignUp(t, "anna"+suffix), n.SignUp(t, "bert"+suffix)
				harness.Connect(t, anna, bert)
				address := sentBig(t, anna, bert)
				cut, kept := halfTaken(t, n.URL, address, bert), halfTaken(t, n.URL, ownAddress(t, anna, bert), anna)
				end(t, anna, bert)
				time.Sleep(time.Second) // is the documented limit; the connection is full and nothing is read
				rest, err := io.Copy(io.Discard, cut)
				require.Error(t, err)
				require.Less(t, rest, int64(bigFile-(1<<20)))
				_, err = io.Copy(io.Discard, kept)
				require.NoError(t, err, "a user with access still gets the whole file")
			})
		}
	})
}

// The row of the file is deleted, and after it the file on the disk.
func TestTheDownloadOfADeletedFileIsCut(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		address := sentBig(t, anna, bert)
		theirs, own := halfTaken(t, n.URL, address, bert), halfTaken(t, n.URL, ownAddress(t, anna, bert), anna)
		_, err := b.Open(t).Writer().ExecContext(t.Context(), "DELETE FROM attachments")
		require.NoError(t, err)
		time.Sleep(time.Second) // is the documented limit
		for who, body := range map[string]io.Reader{"bert": theirs, "anna": own} {
			rest, err := io.Copy(io.Discard, body)
			require.Error(t, err, who)
			require.Less(t, rest, int64(bigFile-(1<<20)), who)
		}
		require.Equal(t, http.StatusNotFound, bert.Get(address, false).Status)
	})
}

func ownAddress(t *testing.T, anna, bert *person) string {
	t.Helper()
	address, ok := anna.Get("/chats/"+bert.Username, false).Doc().Find(`article a[href^="/files/"]`).Attr("href")
	require.True(t, ok)
	return address
}

// A process that receives the signal finishes its downloads. A download over the limit ends with an error that
// the browser sees, so it resumes.
func TestDownloadsFinishDuringShutdown(t *testing.T) {
	p := harness.SQLite(t).Exec(t)
	anna, bert := p.SignUp(t, "anna"), p.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	address := sentBig(t, anna, bert)
	slow := halfTaken(t, p.URL, address, bert)
	stopped := make(chan struct{})
	go func() { p.Stop(); close(stopped) }()
	for range 6 { // it takes three seconds
		_, err := io.CopyN(io.Discard, slow, 6<<20)
		require.NoError(t, err)
		time.Sleep(500 * time.Millisecond)
	}
	rest, err := io.Copy(io.Discard, slow)
	require.NoError(t, err)
	require.EqualValues(t, bigFile-37<<20, rest)
	<-stopped

	p.Start()
	address, _ = bert.Get("/chats/anna", false).Doc().Find(`article a[href^="/files/"]`).Attr("href")
	stuck := halfTaken(t, p.URL, address, bert)
	p.Stop() // and it is taken no further
	_, err = io.Copy(io.Discard, stuck)
	require.Error(t, err, "half a file looks like all of it")
	p.Start()
	a, err := bert.Do(http.MethodGet, address, http.Header{"Range": {fmt.Sprintf("bytes=%d-", bigFile-10)}}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusPartialContent, a.Status)
	require.Len(t, a.Body, 10)
}
