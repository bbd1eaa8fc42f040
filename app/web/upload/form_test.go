package upload_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"dchat/app/limit"
	"dchat/app/web"
	"dchat/app/web/upload"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

// formServer serves a route for large bodies at /form, which answers with what handle has made of its form.
func formServer(t *testing.T, most int64, take func(context.Context, upload.File) error, handle func(*fiber.Ctx, error) error) string {
	t.Helper()
	w := web.New(web.Options{Log: slog.New(slog.DiscardHandler), Limit: limit.New(false)})
	w.App().Post("/form", func(c *fiber.Ctx) error {
		before, _ := c.UserContext().Deadline()
		err := upload.Form(c, most, take)
		after, timed := c.UserContext().Deadline()
		if !timed || !after.After(before) {
			return errors.New("the timeout of the request was not reset")
		}
		if c.Request().IsBodyStream() {
			return errors.New("FormValue would read on")
		}
		return handle(c, err)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error)
	go func() { ended <- w.App().Listener(listener) }()
	t.Cleanup(func() {
		require.NoError(t, w.App().Shutdown())
		require.NoError(t, <-ended)
	})
	return "http://" + listener.Addr().String()
}

func sendForm(t *testing.T, url, contentType string, body io.Reader) (status int, text string, closed bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stuck := time.AfterFunc(noProgress, cancel)
	defer stuck.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/form", body)
	require.NoError(t, err)
	request.Body = &watched{request.Body, stuck}
	request.Header.Set("Origin", url)
	request.Header.Set("Content-Type", contentType)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: false}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	for i := 0; errors.Is(err, syscall.ECONNRESET) && request.GetBody != nil && i < 20; i++ { // a client that is still writing may see the end before the response
		again, failed := request.GetBody()
		require.NoError(t, failed)
		request.Body = &watched{again, stuck}
		response, err = client.Do(request)
	}
	require.NoError(t, err)
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(all), response.Close
}

// noProgress is how long nothing may move before a test is stuck.
const noProgress = 20 * time.Second

// watched is a body that tells a timer of every piece that goes.
type watched struct {
	io.ReadCloser
	stuck *time.Timer
}

func (w *watched) Read(p []byte) (int, error) {
	w.stuck.Reset(noProgress)
	return w.ReadCloser.Read(p)
}

// fields shows what FormValue knows.
func fields(names ...string) func(*fiber.Ctx, error) error {
	return func(c *fiber.Ctx, err error) error {
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := fmt.Fprintf(c, "%s=%q ", name, c.FormValue(name)); err != nil {
				return err
			}
		}
		for _, v := range c.Request().PostArgs().PeekMulti("many") {
			if _, err := fmt.Fprintf(c, "many=%q ", v); err != nil {
				return err
			}
		}
		return nil
	}
}

type seen struct{ field, name, content string }

func see(list *[]seen) func(context.Context, upload.File) error {
	return func(_ context.Context, u upload.File) error {
		content, err := io.ReadAll(u)
		*list = append(*list, seen{u.Field, u.Name, string(content)})
		return err
	}
}

// multi writes a form: "name" and value, or "name" and a seen.
func multi(t *testing.T, parts ...any) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	for i := 0; i < len(parts); i += 2 {
		switch v := parts[i+1].(type) {
		case string:
			require.NoError(t, m.WriteField(parts[i].(string), v))
		case seen:
			head := textproto.MIMEHeader{}
			head.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, parts[i], v.name))
			head.Set("Content-Type", "application/octet-stream")
			head.Set("Content-Transfer-Encoding", "quoted-printable") // is not for forms
			w, err := m.CreatePart(head)
			require.NoError(t, err)
			_, err = io.WriteString(w, v.content)
			require.NoError(t, err)
		}
	}
	require.NoError(t, m.Close())
	return m.FormDataContentType(), body
}

func TestFormsWithFiles(t *testing.T) {
	var got []seen
	url := formServer(t, 0, see(&got), fields("before", "after", "missing"))
	big := strings.Repeat("0123456789", 100_000)
	kind, body := multi(t, "before", "ä=20 &\r\n", "file", seen{name: "写真 %22x%22;y.jpg", content: "=41\r\n--x\r\n"}, "file", seen{name: "empty.txt"},
		"none", seen{}, "nameless", seen{content: "x"}, "many", "1", "big", seen{name: "../../b/..", content: big}, "after", "z", "many", "2")
	status, text, _ := sendForm(t, url, kind, body)
	require.Equal(t, 200, status, text)
	require.Equal(t, `before="ä=20 &\r\n" after="z" missing="" many="1" many="2" `, text)
	require.Equal(t, []seen{
		{"file", `写真 "x";y.jpg`, "=41\r\n--x\r\n"}, {"file", "empty.txt", ""}, {"nameless", "", "x"}, {"big", "../../b/..", big},
	}, got)

	for _, c := range [][2]string{
		{"application/x-www-form-urlencoded", "before=%C3%A4%3D20+%26%0D%0A&after=z&many=1&many=2"},
		{"application/x-www-form-urlencoded; charset=UTF-8", "before=%C3%A4%3D20+%26%0D%0A&after=z&many=1&many=2"},
	} {
		status, again, _ := sendForm(t, url, c[0], strings.NewReader(c[1]))
		require.Equal(t, 200, status)
		require.Equal(t, text, again, "without files it is the same form")
		status, again, _ = sendForm(t, url, c[0], io.MultiReader(strings.NewReader(c[1]))) // chunked
		require.Equal(t, 200, status)
		require.Equal(t, text, again)
	}
	status, text, _ = sendForm(t, url, "text/plain", strings.NewReader("before=x"))
	require.Equal(t, 200, status)
	require.NotContains(t, text, "x")
}

// The handler reads a file while the browser is sending it, and need not read it to the end.
func TestFormFilesAreStreamed(t *testing.T) {
	arrived := make(chan string)
	url := formServer(t, 0, func(ctx context.Context, u upload.File) error {
		some := make([]byte, 3)
		_, err := io.ReadFull(u, some)
		_, timed := ctx.Deadline()
		arrived <- fmt.Sprint(u.Name, " ", string(some), " ", timed)
		return err
	}, fields("after"))
	r, w := io.Pipe()
	m := multipart.NewWriter(w)
	answers := make(chan string)
	go func() {
		status, text, closed := sendForm(t, url, m.FormDataContentType(), r)
		answers <- fmt.Sprint(status, text, closed)
	}()
	for _, name := range []string{"one", "two"} {
		part, err := m.CreateFormFile("file", name)
		require.NoError(t, err)
		_, err = io.WriteString(part, name+strings.Repeat(" and more", 1000))
		require.NoError(t, err)
		require.Equal(t, name+" "+name+" false", <-arrived)
	}
	require.NoError(t, m.WriteField("after", "all"))
	require.NoError(t, m.Close())
	require.NoError(t, w.Close())
	require.Equal(t, `200after="all" false`, <-answers)
}

func TestFormsBeyondLimits(t *testing.T) {
	var got []seen
	url := formServer(t, 2<<20, see(&got), fields("a"))
	var many, fieldsToo []any
	for range upload.MaxParts + 1 {
		many = append(many, "file", seen{name: "x"})
	}
	for range 5 {
		fieldsToo = append(fieldsToo, "a", strings.Repeat("x", upload.MaxField))
	}
	for name, parts := range map[string][]any{
		"a long field":     {"a", strings.Repeat("x", upload.MaxField+1)},
		"many long fields": fieldsToo,
		"many files":       many,
		"a long file":      {"file", seen{name: "x", content: strings.Repeat("x", 3<<20)}},
	} {
		t.Run(name, func(t *testing.T) {
			kind, body := multi(t, parts...)
			status, _, _ := sendForm(t, url, kind, bytes.NewReader(body.Bytes()))
			require.Equal(t, 413, status)
			status, _, _ = sendForm(t, url, kind, io.MultiReader(body)) // chunked: its size is not known
			require.Equal(t, 413, status)
		})
	}
	long := strings.Repeat("x", 1<<20)
	for name, body := range map[string]string{
		"a long head":          "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nX: " + long + "\r\n\r\nx\r\n--b--\r\n",
		"a long name":          "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"" + long + "\"\r\n\r\nx\r\n--b--\r\n",
		"a long beginning":     long + "\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n",
		"many lines of a head": "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n" + strings.Repeat("X: y\r\n", 5000) + "\r\nx\r\n--b--\r\n",
		"no name of its kind":  "--b\r\nContent-Disposition: ;;\r\n\r\nx\r\n--b--\r\n",
		"nothing":              "",
		"no part":              "hello",
		"no end":               "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\"\r\n\r\nhalf a file",
		"no end of a field":    "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf a fie",
		"another boundary":     "--c\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--c--\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			status, _, _ := sendForm(t, url, "multipart/form-data; boundary=b", strings.NewReader(body))
			require.Equal(t, 400, status)
		})
	}
	status, _, _ := sendForm(t, url, "application/x-www-form-urlencoded", strings.NewReader("a="+strings.Repeat("x", upload.MaxSmall)))
	require.Equal(t, 413, status)
	status, _, closed := sendForm(t, url, "application/x-www-form-urlencoded", strings.NewReader(strings.Repeat("x", 3<<20)))
	require.Equal(t, 413, status)
	require.True(t, closed)
	status, text, _ := sendForm(t, url, "multipart/form-data; boundary=b", strings.NewReader("--b--\r\n"))
	require.Equal(t, 200, status, "a form may be empty")
	require.Equal(t, `a="" `, text)
}

// After a refused file the handler may still read fields: those before the file are known, and
// nothing more is read.
func TestFieldsAfterRefusedFile(t *testing.T) {
	broken := errors.New("the disk is gone")
	var upload1 upload.File
	url := formServer(t, 0, func(_ context.Context, u upload.File) error { upload1 = u; return broken }, func(c *fiber.Ctx, err error) error {
		_, late := io.Copy(io.Discard, upload1)
		return c.SendString(fmt.Sprintln(err, c.FormValue("before"), c.FormValue("after"), c.FormValue("missing"), c.UserContext().Err(), late))
	})
	kind, body := multi(t, "before", "b", "file", seen{name: "x", content: strings.Repeat("x", 1<<20)}, "after", "a")
	status, text, closed := sendForm(t, url, kind, bytes.NewReader(body.Bytes()))
	require.Equal(t, 200, status)
	require.Equal(t, "the disk is gone b   <nil> Bad Request: io: read/write on closed pipe\n", text)
	require.False(t, closed, "the rest was small: the connection may stay")

	upload.SetLinger(t, 1000)
	status, text, closed = sendForm(t, url, kind, bytes.NewReader(body.Bytes()))
	require.Equal(t, 200, status)
	require.Equal(t, "the disk is gone b   <nil> Bad Request: io: read/write on closed pipe\n", text)
	require.True(t, closed)
}

// A large file uses little memory.
func TestLargeFormFilesUseLittleMemory(t *testing.T) {
	const size = 1 << 30
	var n int64
	url := formServer(t, 0, func(_ context.Context, u upload.File) (err error) {
		n, err = io.Copy(io.Discard, u)
		return err
	}, fields("a"))
	head := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n"
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	status, _, _ := sendForm(t, url, "multipart/form-data; boundary=b", io.MultiReader(strings.NewReader(head), io.LimitReader(endless{}, size), strings.NewReader("\r\n--b--\r\n")))
	runtime.ReadMemStats(&after)
	require.Equal(t, 200, status)
	require.EqualValues(t, size, n)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
