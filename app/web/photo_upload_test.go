package web_test

import (
	"bytes"
	"encoding/base64"
	"image/jpeg"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dchat/test/harness"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// uploadedAs is uploaded with what else is said of the file.
func uploadedAs(t *testing.T, p *person, name, asFile string, content []byte) (path, id string) {
	t.Helper()
	encoded := base64.StdEncoding.EncodeToString
	metadata := "filename " + encoded([]byte(name)) + ",filetype " + encoded([]byte("image/jpeg")) + ",as_file " + encoded([]byte(asFile))
	a := tus(t, p, http.MethodPost, "/uploads", nil, "Upload-Length", strconv.Itoa(len(content)), "Upload-Metadata", metadata)
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	path = a.Header.Get("Location")
	return path, strings.TrimPrefix(path, "/uploads/")
}

// downloads are what the other gets of the last message's files.
func downloads(t *testing.T, p *person, other string) (rows *goquery.Selection, bodies []string) {
	t.Helper()
	rows = p.Get("/chats/"+other, true).Doc().Find("article.msg").Last().Find(".picture, .file")
	rows.Each(func(_ int, file *goquery.Selection) {
		a := p.Get(file.Find("a").AddBack().Filter("a").AttrOr("href", ""), false)
		require.Equal(t, http.StatusOK, a.Status)
		bodies = append(bodies, a.Body)
	})
	return rows, bodies
}

// A photo loses the place on its way, also the original that is downloaded; as a file it keeps every byte. An upload
// that comes in pieces, on two nodes, does the same.
func TestLocationIsRemovedFromPhotos(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		photo := fromCamera(t)
		var ids []string
		for _, asFile := range []string{"1", "0", "true", "false"} {
			path, id := uploadedAs(t, anna, "IMG_0001.jpg", asFile, photo)
			require.Equal(t, http.StatusNoContent, patch(t, anna, path, 0, photo[:100]).Status)
			said := tus(t, anna, http.MethodHead, path, nil).Header
			require.Equal(t, asFile == "1" || asFile == "true", strings.Contains(said.Get("Upload-Metadata"), "as_file"))
			require.Equal(t, http.StatusNoContent, patch(t, anna, path, 100, photo[100:]).Status)
			require.Equal(t, strconv.Itoa(len(photo)), func() string { a := tus(t, anna, http.MethodHead, path, nil); return a.Header.Get("Upload-Length") }(), "asked again")
			ids = append(ids, id)
		}
		sentFiles(t, anna, "bert", ids...)
		rows, got := downloads(t, bert, "anna")
		clean := string(withoutPlace(t))
		require.Equal(t, []string{string(photo), clean, string(photo), clean}, got)
		require.Equal(t, 2, rows.Filter(".picture").Length(), "what is sent as a file is one")
		_, _, err := jpegSize(got[1])
		require.NoError(t, err)
		database := b.Open(t)
		require.Equal(t, 2, count(t, database, "SELECT count(*) FROM attachments WHERE size = ?", len(clean)))
		require.Eventually(t, func() bool {
			return count(t, database, "SELECT count(*) FROM river_job WHERE kind = 'drop_blobs' AND state <> 'completed'") == 0
		}, patience, tick, "what came is removed")
	})
}

func jpegSize(file string) (w, h int, err error) {
	c, err := jpeg.DecodeConfig(strings.NewReader(file))
	return c.Width, c.Height, err
}

// Without a script the form says it, before the files or behind them.
func TestLocationIsRemovedFromPhotosInForms(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t)
	anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	page := anna.Get("/chats/bert", false).Doc()
	box := page.Find("#composer input[type=checkbox][name=as_file]")
	require.Equal(t, 1, box.Length())
	_, checked := box.Attr("checked")
	require.False(t, checked)
	require.Equal(t, "Send as file (keep place and camera data)", strings.TrimSpace(box.Parent().Text()))
	photo, clean := string(fromCamera(t)), string(withoutPlace(t))
	for _, c := range []struct {
		fields url.Values
		want   string
	}{{url.Values{"body": {"a photo"}}, clean}, {url.Values{"as_file": {"1"}}, photo}} {
		posted(t, anna, "bert", c.fields, attached{"a.jpg", bytes.NewReader([]byte(photo))}, attached{"b.jpg", bytes.NewReader([]byte(photo))})
		_, got := downloads(t, bert, "anna")
		require.Equal(t, []string{c.want, c.want}, got)
	}
	require.NotContains(t, n.Log(), "still there")
	require.Len(t, originals(t, b), 4, "what was not chosen is removed")
}

// originals are the files in the store, without smaller images of them.
func originals(t *testing.T, b *backend) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(filepath.Join(b.DataDir(), "files"), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !strings.Contains(e.Name(), ".") {
			names = append(names, path)
		}
		return err
	}))
	return names
}
