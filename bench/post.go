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

// A letter is a request that one person reuses for all messages to their partner.
type letter struct {
	client *fasthttp.HostClient
	req    *fasthttp.Request
	resp   *fasthttp.Response
	form   []byte
}

func (p *poster) letter(from int) *letter {
	l := &letter{client: p.client, req: fasthttp.AcquireRequest(), resp: fasthttp.AcquireResponse()}
	l.req.Header.SetMethod(fasthttp.MethodPost)
	l.req.SetRequestURI(p.target.base.String() + p.target.chat(from) + "/messages")
	l.req.Header.SetContentType("application/x-www-form-urlencoded")
	l.req.Header.Set("HX-Request", "true")
	l.req.Header.Set("Origin", p.target.origin)
	l.req.Header.Set("Cookie", p.target.person(from).cookie)
	return l
}

// send posts one message with a fresh key; anything but 200 is an error.
func (l *letter) send(text string) error {
	l.form = append(l.form[:0], "body="...)
	l.form = append(l.form, url.QueryEscape(text)...)
	l.form = append(l.form, "&key="...)
	l.form = appendKey(l.form)
	l.req.SetBodyRaw(l.form)
	if err := l.client.Do(l.req, l.resp); err != nil {
		return err
	}
	if status := l.resp.StatusCode(); status != fasthttp.StatusOK {
		return statusError(status)
	}
	return nil
}

func (l *letter) release() {
	fasthttp.ReleaseRequest(l.req)
	fasthttp.ReleaseResponse(l.resp)
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
