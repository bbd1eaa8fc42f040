package bench

import (
	"crypto/tls"
	"encoding/hex"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	agent       = "dchat-bench"
	postTimeout = 30 * time.Second
)

// A poster sends messages over at most so many keep-alive connections. It never repeats a POST:
// what fails is counted as failed.
type poster struct {
	target *target
	client *fasthttp.HostClient
}

func newPoster(t *target, connections int) *poster {
	return &poster{target: t, client: &fasthttp.HostClient{
		Addr:                      t.address(),
		IsTLS:                     t.secure(),
		TLSConfig:                 &tls.Config{ServerName: t.base.Hostname(), MinVersion: tls.VersionTLS12},
		Name:                      agent,
		DialDualStack:             true,
		MaxConns:                  connections,
		MaxConnWaitTimeout:        postTimeout,
		ReadTimeout:               postTimeout,
		WriteTimeout:              postTimeout,
		MaxIdleConnDuration:       5 * time.Second,
		MaxIdemponentCallAttempts: 1,
	}}
}

func (p *poster) close() { p.client.CloseIdleConnections() }

// A messageRequest is a request that one person reuses for all messages to their partner.
type messageRequest struct {
	client *fasthttp.HostClient
	req    *fasthttp.Request
	resp   *fasthttp.Response
	form   []byte
}

func (p *poster) request(from int) *messageRequest {
	r := &messageRequest{client: p.client, req: fasthttp.AcquireRequest(), resp: fasthttp.AcquireResponse()}
	r.req.Header.SetMethod(fasthttp.MethodPost)
	r.req.SetRequestURI(p.target.base.String() + p.target.chat(from) + "/messages")
	r.req.Header.SetContentType("application/x-www-form-urlencoded")
	r.req.Header.Set("HX-Request", "true")
	r.req.Header.Set("Origin", p.target.origin)
	r.req.Header.Set("Cookie", p.target.person(from).cookie)
	return r
}

// send posts one message with a fresh key; anything but 200 is an error.
func (r *messageRequest) send(text string) error {
	r.form = append(r.form[:0], "body="...)
	r.form = append(r.form, url.QueryEscape(text)...)
	r.form = append(r.form, "&key="...)
	r.form = appendKey(r.form)
	r.req.SetBodyRaw(r.form)
	if err := r.client.Do(r.req, r.resp); err != nil {
		return err
	}
	if status := r.resp.StatusCode(); status != fasthttp.StatusOK {
		return statusError(status)
	}
	return nil
}

func (r *messageRequest) release() {
	fasthttp.ReleaseRequest(r.req)
	fasthttp.ReleaseResponse(r.resp)
}

// appendKey appends a random UUID (version 4).
func appendKey(to []byte) []byte {
	var id [16]byte
	for i := range id {
		id[i] = byte(rand.Uint32())
	}
	id[6], id[8] = id[6]&0x0F|0x40, id[8]&0x3F|0x80
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			to = append(to, '-')
		}
		to = hex.AppendEncode(to, part)
	}
	return to
}

const filler = "Shall we meet at the harbour at seven? The weather is to stay fine, and there is a boat to the island. "

// padded is a text of so many bytes that begins with the given words.
func padded(words string, size int) string {
	if len(words) >= size {
		return words
	}
	words += " " + strings.Repeat(filler, size/len(filler)+1)
	// A space at the end would be trimmed away by the server.
	return strings.TrimRight(words[:size-1], " ") + "."
}
