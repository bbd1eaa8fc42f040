package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"dchat/app/config"
	"dchat/test/harness"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// attached is a file in a form.
type attached struct {
	name    string
	content io.Reader
}

func attachment(name, content string) attached { return attached{name, strings.NewReader(content)} }

// postForm sends a message as a form without a script does: fields, and then files, while they are read.
func postForm(p *person, to string, fields url.Values, list ...attached) (*answer, error) {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() { w.CloseWithError(writeForm(form, fields, list)) }()
	defer r.Close()
	return p.Do(http.MethodPost, "/chats/"+to+"/messages", http.Header{"Origin": {p.Origin()}, "Content-Type": {form.FormDataContentType()}}, r)
}

func writeForm(form *multipart.Writer, fields url.Values, list []attached) error {
	for name, values := range fields {
		for _, value := range values {
			if err := form.WriteField(name, value); err != nil {
				return err
			}
		}
	}
	for _, f := range list {
		name := strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A").Replace(f.name) // as browsers do
		part, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="attachment"; filename="` + name + `"`}, "Content-Type": {"text/html"},
		})
		if err != nil {
			return err
		}
		if _, err := io.Copy(part, f.content); err != nil {
			return err
		}
	}
	return form.Close()
}

func posted(t *testing.T, p *person, to string, fields url.Values, list ...attached) {
	t.Helper()
	a, err := postForm(p, to, fields, list...)
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
}

// fetch downloads the files of a conversation, in order, and returns what they are called and what is in them.
func fetch(t *testing.T, p *person, with string) (names, contents []string) {
	t.Helper()
	for _, link := range links(t, p, with) {
		a := p.Get(link, false)
		require.Equal(t, http.StatusOK, a.Status, link)
		require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
		require.Contains(t, a.Header.Get("Content-Security-Policy"), "sandbox")
		how, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
		require.NoError(t, err, a.Header.Get("Content-Disposition"))
		require.Equal(t, "attachment", how)
		names = append(names, params["filename"])
		contents = append(contents, a.Body)
	}
	return names, contents
}

func TestFilesWithoutAScript(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 2, 0)
		anna, bert := crowd[0], crowd[1]
		before := uploaded(t, anna, "before.txt", []byte("it came before"))
		posted(t, anna, bert.Username, url.Values{"body": {"look at these"}, "key": {uuid.NewString()}, "attachment": {before, ""}},
			attachment("one.txt", "the first"), attachment("", ""), attachment("two.html", "<script>alert(2)</script>"), attachment("empty", ""))
		names, contents := fetch(t, bert, anna.Username)
		require.Equal(t, []string{"before.txt", "one.txt", "two.html", "empty"}, names)
		require.Equal(t, []string{"it came before", "the first", "<script>alert(2)</script>", ""}, contents)
		require.Contains(t, bert.Get("/chats/"+anna.Username, true).Body, "look at these")

		posted(t, bert, anna.Username, url.Values{"body": {""}}, attachment("only.txt", "without a word"))
		posted(t, bert, anna.Username, url.Values{"body": {"only words"}}, attachment("", ""))
		names, _ = fetch(t, anna, bert.Username)
		require.Equal(t, []string{"before.txt", "one.txt", "two.html", "empty", "only.txt"}, names)
		a, err := postForm(anna, bert.Username, url.Values{"body": {" "}}, attachment("", ""))
		require.NoError(t, err)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status, "nothing is no message")
	})
}

// The recipient gets the file names of the sender.
func TestFileNames(t *testing.T) {
	n := harness.SQLite(t).Start(t)
	crowd := n.Crowd(t, 2, 0)
	anna, bert := crowd[0], crowd[1]
	long := strings.Repeat("ä", 125) + ".pdf" // 254 bytes
	for given, want := range map[string]string{
		"日本語のファイル.pdf":                    "日本語のファイル.pdf",
		"👩‍👩‍👧 family 🎉.jpg":              "👩‍👩‍👧 family 🎉.jpg",
		"عربي.txt":                        "عربي.txt",
		`say "hello" \ 100%.txt`:          `say "hello" _ 100%.txt`,
		`say "hello" 100%41.txt`:          `say "hello" 100%41.txt`,
		"../../etc/passwd":                "passwd",
		`C:\Users\anna\me.png`:            "C:_Users_anna_me.png",
		"a\r\nSet-Cookie: b":              "a__Set-Cookie: b",
		"photo\u202egpj.exe":              "photogpj.exe",
		"null\x00byte":                    "null_byte",
		"semi;colon=x.txt":                "semi;colon=x.txt",
		"<img src=x>.svg":                 "<img src=x>.svg",
		long:                              long,
		strings.Repeat("長", 100) + ".pdf": strings.Repeat("長", 83) + ".pdf",
		"..":                              "file",
		"%2e%2e":                          "%2e%2e",
	} {
		if !strings.Contains(given, "\x00") { // in no header
			posted(t, anna, bert.Username, url.Values{}, attachment(given, "x"))
			names, _ := fetch(t, bert, anna.Username)
			require.Equal(t, want, names[len(names)-1], "in a form")
		}
		sentFiles(t, anna, bert.Username, uploaded(t, anna, given, []byte("x")))
		names, _ := fetch(t, bert, anna.Username)
		require.Equal(t, want, names[len(names)-1], "in an upload")
	}
}

// A failed form leaves no files, and the response contains the typed text.
func TestFailedFormsLeaveNothing(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		var dir string
		n := b.Start(t, func(c *config.Config) { dir = c.DataDir })
		crowd := n.Crowd(t, 4, 0)
		anna, bert, carl := crowd[0], crowd[1], crowd[2]
		some := func(k int) (list []attached) {
			for range k {
				list = append(list, attachment("file", "hello"))
			}
			return list
		}
		for what, c := range map[string]struct {
			to     *person
			body   string
			more   string
			status int
			files  int
			why    string
		}{
			"too many words": {bert, strings.Repeat("x", 10_001), "", 422, 2, "at most 10,000"},
			"too many files": {bert, "hello", "", 422, 51, "at most 50"},
			"a file unknown": {bert, "hello", "abc", 422, 2, "attach it again"},
			"a stranger":     {carl, "hello", "", 403, 2, "Send chat request"},
			"bad characters": {bert, "a\x00b", "", 422, 1, "cannot be shown"},
		} {
			a, err := postForm(anna, c.to.Username, url.Values{"body": {c.body}, "attachment": {c.more}}, some(c.files)...)
			require.NoError(t, err, what)
			require.Equal(t, c.status, a.Status, "%s: %s", what, a.Body)
			require.Contains(t, a.Body, c.why, what)
			if c.status == 422 && !strings.Contains(c.body, "\x00") {
				require.Equal(t, c.body, a.Doc().Find("#composer textarea").Text(), what)
			}
		}
		broken := attached{"broken", io.MultiReader(strings.NewReader(strings.Repeat("x", 300_000)), failing{})}
		_, err := postForm(anna, bert.Username, url.Values{"body": {"hello"}}, attachment("whole", "x"), broken)
		require.Error(t, err)

		database := b.Open(t)
		require.Zero(t, count(t, database, "SELECT count(*) FROM messages"))
		require.Zero(t, count(t, database, "SELECT count(*) FROM attachments"))
		require.Eventually(t, func() bool { return len(inStore(t, dir)) == 0 }, patience, tick)
		require.Zero(t, strings.Count(n.Log(), `"level":"ERROR"`), n.Log())
		posted(t, anna, bert.Username, url.Values{"body": {"hello"}}, some(50)...)
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Files that are too large are refused before their bytes arrive; the response contains the typed text.
func TestTooLargeFilesAreRefusedEarly(t *testing.T) {
	for what, c := range map[string]struct {
		change   func(*config.Config)
		declared int64
		sent     string
		status   int
		why      string
	}{
		"the quota":            {func(c *config.Config) { c.Quota = "1G" }, 5_000_000_000, "x", 413, "that everybody has here"},
		"the limit of many":    {func(c *config.Config) { c.MaxUpload = "1M" }, 60_000_000, "x", 413, "A file here has at most 1 MB"},
		"the limit of one":     {func(c *config.Config) { c.MaxUpload = "1M" }, 40_000_000, strings.Repeat("x", 1_000_001), 413, "A file here has at most 1 MB"},
		"the disk":             {func(*config.Config) {}, 1 << 60, "x", 507, "no room left"},
		"no contact for bytes": {func(c *config.Config) { c.BaseURL = "" }, 5_000_000_000, "x", 403, "Send chat request"},
	} {
		t.Run(what, func(t *testing.T) {
			n := harness.SQLite(t).Start(t, c.change)
			crowd := n.Crowd(t, 4, 0)
			to := crowd[1]
			if c.status == 403 {
				to = crowd[2]
			}
			conn, err := net.Dial("tcp", strings.TrimPrefix(n.URL, "http://"))
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
			_, err = fmt.Fprintf(conn, "POST /chats/%s/messages HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: %s\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n"+
				"--x\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\nhello\r\n--x\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"film\"\r\n\r\n%s",
				to.Username, n.URL[7:], n.URL, crowd[0].Jar, c.declared, c.sent)
			require.NoError(t, err)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			a := &answer{Status: response.StatusCode, Body: string(body)}
			require.Equal(t, c.status, a.Status, a.Body)
			require.Contains(t, a.Body, c.why)
			if c.status == 413 {
				require.Equal(t, "hello", a.Doc().Find("#composer textarea").Text())
			}
			require.True(t, response.Close)
		})
	}
}

// Limits also hold for bodies of unknown size, and for all files of a form together.
func TestLimitsOfForms(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		var dir string
		n := b.Start(t, func(c *config.Config) { c.MaxUpload, c.Quota, dir = "100k", "250k", c.DataDir })
		crowd := n.Crowd(t, 2, 0)
		anna, bert := crowd[0], crowd[1]
		file := func(size int) attached { return attachment("file", strings.Repeat("x", size)) }
		for _, list := range [][]attached{{file(100_001)}, {file(1), file(5_000_000)}, {file(100_000), file(100_000), file(50_001)}} {
			a, err := postForm(anna, bert.Username, url.Values{"body": {"hello"}}, list...)
			require.NoError(t, err)
			require.Equal(t, http.StatusRequestEntityTooLarge, a.Status)
			require.Equal(t, "hello", a.Doc().Find("#composer textarea").Text())
		}
		require.Empty(t, inStore(t, dir))
		posted(t, anna, bert.Username, nil, file(100_000), file(100_000), file(50_000))
		a, err := postForm(anna, bert.Username, nil, file(1))
		require.NoError(t, err)
		require.Equal(t, http.StatusRequestEntityTooLarge, a.Status)
		posted(t, bert, anna.Username, nil, file(100_000))
	})
}

// A form that is sent again after a lost response is the same message.
func TestFormSentTwiceIsOneMessage(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		var dir string
		n := b.Start(t, func(c *config.Config) { dir = c.DataDir })
		crowd := n.Crowd(t, 2, 0)
		anna, bert := crowd[0], crowd[1]
		fields := url.Values{"body": {"hello"}, "key": {uuid.NewString()}}
		for range 3 {
			posted(t, anna, bert.Username, fields, attachment("a", "one"), attachment("a", "one"), attachment("b", "two"))
		}
		names, contents := fetch(t, bert, anna.Username)
		require.Equal(t, []string{"a", "a", "b"}, names)
		require.Equal(t, []string{"one", "one", "two"}, contents)
		for _, other := range [][]attached{{attachment("a", "one"), attachment("a", "one"), attachment("b", "two!")}, {attachment("a", "one"), attachment("a", "one"), attachment("c", "two")}, nil} {
			a, err := postForm(anna, bert.Username, fields, other...)
			require.NoError(t, err)
			require.Equal(t, http.StatusUnprocessableEntity, a.Status, "something else")
		}
		twins := make(chan error)
		fields = url.Values{"body": {"twice at once"}, "key": {uuid.NewString()}}
		for range 4 {
			go func() {
				a, err := postForm(anna, bert.Username, fields, attachment("c", "three"))
				if err == nil && a.Status != http.StatusSeeOther {
					err = fmt.Errorf("%d: %s", a.Status, a.Body)
				}
				twins <- err
			}()
		}
		for range 4 {
			require.NoError(t, <-twins)
		}
		names, _ = fetch(t, bert, anna.Username)
		require.Equal(t, []string{"a", "a", "b", "c"}, names)
		require.Equal(t, 2, messagesBetween(t, b.Open(t), anna.Username, bert.Username))
		require.Eventually(t, func() bool { return len(inStore(t, dir)) == 4 }, patience, tick)
	})
}

// A file belongs to one message of its owner.
func TestFilesAreSentOnce(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		n := b.Start(t)
		crowd := n.Crowd(t, 4, 0)
		anna, bert, carl := crowd[0], crowd[1], crowd[2]
		id, key := uploaded(t, anna, "file", []byte("x")), uuid.NewString()
		require.Equal(t, http.StatusUnprocessableEntity, sendFiles(bert, anna.Username, "mine", uuid.NewString(), id).Status, "it is Anna's")
		require.Equal(t, http.StatusUnprocessableEntity, sendFiles(carl, crowd[3].Username, "mine", uuid.NewString(), id).Status)
		require.Equal(t, http.StatusUnprocessableEntity, sendFiles(anna, bert.Username, "twice", uuid.NewString(), id, id).Status)
		first := sendFiles(anna, bert.Username, "once", key, id)
		require.Equal(t, http.StatusOK, first.Status, first.Body)
		require.Contains(t, first.Body, "/files/"+id)
		again := sendFiles(anna, bert.Username, "once", key, id)
		require.Equal(t, http.StatusOK, again.Status)
		require.Equal(t, first.Body, again.Body, "the same message")
		require.Equal(t, http.StatusUnprocessableEntity, sendFiles(anna, bert.Username, "once more", uuid.NewString(), id).Status)
		require.Equal(t, http.StatusUnprocessableEntity, sendFiles(anna, bert.Username, "once", key).Status, "something else under the key")
		require.Len(t, links(t, bert, anna.Username), 1)
	})
}

// Both users of a conversation may fetch a file; a block ends the access of the blocked user only.
func TestWhoMayFetchFiles(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := nodesOf(t, b)
		crowd := near.Crowd(t, 4, 0)
		anna, bert, carl := crowd[0], crowd[1], crowd[2]
		id := uploaded(t, anna, "photo.png", photo(t, 900, 600))
		sentFiles(t, anna, bert.Username, id)
		require.Eventually(t, func() bool { return strings.Contains(bert.Get("/chats/"+anna.Username, true).Body, id+".640") }, patience, tick)
		addresses := func(p *person, with string) (list []string) {
			doc := p.Get("/chats/"+with, true).Doc()
			for _, s := range doc.Find("article.msg [href^='/files/'], article.msg [src^='/files/'], article.msg [data-large^='/files/']").EachIter() {
				for _, name := range []string{"href", "src", "data-large"} {
					if v, ok := s.Attr(name); ok {
						list = append(list, v)
					}
				}
			}
			require.GreaterOrEqual(t, len(list), 3)
			return list
		}
		annas, berts := addresses(anna, bert.Username), addresses(bert, anna.Username)
		status := func(p *person, list []string) (all []int) {
			for _, path := range list {
				all = append(all, p.On(far).Get(path, false).Status)
			}
			return all
		}
		all := func(code int, list []string) (codes []int) {
			for range list {
				codes = append(codes, code)
			}
			return codes
		}
		check := func(when string, forAnna, forBert int) {
			t.Helper()
			require.Equal(t, all(forAnna, annas), status(anna, annas), when)
			require.Equal(t, all(forBert, berts), status(bert, berts), when)
			require.Equal(t, all(404, annas), status(carl, annas), when)
			require.Equal(t, all(404, annas), status(bert, annas), "another's address, %s", when)
			require.Equal(t, all(303, annas), status(near.Stranger(), annas), when)
		}
		check("as contacts", 200, 200)
		did(t, bert, "/chats/"+anna.Username+"/block")
		check("at once after the block", 404, 200)
		did(t, bert, "/chats/"+anna.Username+"/unblock")
		check("after the unblock", 200, 200)
		did(t, anna, "/chats/"+bert.Username+"/block")
		check("after the other block", 200, 404)
		did(t, anna, "/chats/"+bert.Username+"/unblock")
		did(t, anna, "/chats/"+bert.Username+"/remove")
		check("after the end", 200, 200)
	})
}

func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))))
	return b.Bytes()
}

// The other sees a file at once, and its preview as soon as there is one, on every open page.
func TestFilesArriveLive(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		near, far := nodesOf(t, b)
		crowd := near.Crowd(t, 2, 0)
		anna, bert := crowd[0], crowd[1]
		mine, theirs := anna.Socket(t, ""), bert.On(far).Socket(t, "")
		id := uploaded(t, anna, "photo.png", photo(t, 900, 600))
		film := uploaded(t, anna, "film.mp4", []byte("\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"))
		sentFiles(t, anna, bert.Username, id, film)
		for _, socket := range []*harness.Socket{theirs, mine} {
			socket.AwaitText(t, "/files/"+id+"/photo.png")
			socket.AwaitText(t, `<video src="/files/`+film)
			socket.AwaitText(t, "/files/"+id+".640/")
			socket.AwaitText(t, "/files/"+id+".1600/")
		}
		rev := bert.Get("/chats/"+anna.Username, true).Doc().Find("article.msg").AttrOr("data-rev", "")
		require.Equal(t, "2", rev, "once as a message, and once with its preview")
	})
}
