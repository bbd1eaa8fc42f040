package harness

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// Password is the password of every account.
const Password = "four quiet lanterns"

// Person is a user in a browser: with JavaScript in requests with hx, else without it.
type Person struct {
	Username string // "" without an account
	Jar      *Jar

	server *Server
}

// Stranger returns a browser without cookies.
func (s *Server) Stranger() *Person { return &Person{Jar: &Jar{}, server: s} }

// SignUp creates an account through the form.
func (s *Server) SignUp(t *testing.T, username string) *Person {
	t.Helper()
	p := s.Stranger()
	p.Username = username
	answer := p.Post("/signup", url.Values{"username": {username}, "email": {username + "@example.org"}, "password": {Password}}, false)
	require.Equal(t, http.StatusSeeOther, answer.Status, answer.Body)
	return p
}

// SignIn signs the person in with another browser.
func (s *Server) SignIn(t *testing.T, username string) *Person {
	t.Helper()
	p := s.Stranger()
	p.Username = username
	answer := p.Post("/login", url.Values{"login": {username}, "password": {Password}}, false)
	require.Equal(t, http.StatusSeeOther, answer.Status, answer.Body)
	return p
}

// On is the same browser connected to another node.
func (p *Person) On(n *Node) *Person { return p.At(&n.Server) }

// By is the same browser connected to a proxy before the node.
func (p *Person) By(url string) *Person {
	front := *p.server
	front.URL, front.Origin = url, url
	return p.At(&front)
}

// At is the same browser at another address.
func (p *Person) At(s *Server) *Person {
	return &Person{Username: p.Username, Jar: p.Jar, server: s}
}

// Origin returns the Origin header of the person's browser.
func (p *Person) Origin() string { return p.server.Origin }

// Connect makes two people contacts.
func Connect(t *testing.T, a, b *Person) {
	t.Helper()
	answer := a.Post("/chats/"+b.Username+"/request", nil, false)
	require.Equal(t, http.StatusSeeOther, answer.Status, answer.Body)
	answer = b.Post("/chats/"+a.Username+"/accept", nil, false)
	require.Equal(t, http.StatusSeeOther, answer.Status, answer.Body)
}

// Answer is the response to a request.
type Answer struct {
	Status int // 0 without a response
	Header http.Header
	Body   string
}

// Doc parses the body as HTML.
func (a *Answer) Doc() *goquery.Document {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.Body))
	if err != nil {
		return &goquery.Document{Selection: &goquery.Selection{}}
	}
	return doc
}

// Get requests a page, or with hx a part of it.
func (p *Person) Get(path string, hx bool) *Answer {
	answer, err := p.Do(http.MethodGet, path, p.header(hx), nil)
	return p.must(http.MethodGet, path, answer, err)
}

// Post sends a form.
func (p *Person) Post(path string, form url.Values, hx bool) *Answer {
	return p.Send(http.MethodPost, path, form, hx)
}

// Send is Post with another method.
func (p *Person) Send(method, path string, form url.Values, hx bool) *Answer {
	answer, err := p.Try(method, path, form, hx)
	return p.must(method, path, answer, err)
}

// Try is Send to a server that may not respond. The answer is never nil.
func (p *Person) Try(method, path string, form url.Values, hx bool) (*Answer, error) {
	header := p.header(hx)
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.Do(method, path, header, strings.NewReader(form.Encode()))
}

func (p *Person) header(hx bool) http.Header {
	header := http.Header{"Origin": {p.server.Origin}}
	if hx {
		header.Set("HX-Request", "true")
	}
	return header
}

func (p *Person) must(method, path string, answer *Answer, err error) *Answer {
	if err != nil {
		p.server.t.Errorf("%s %s: %v", method, path, err)
	}
	return answer
}

// Do sends a request with the given headers and the cookies. It does not follow redirects. The answer is never nil.
func (p *Person) Do(method, path string, header http.Header, body io.Reader) (*Answer, error) {
	request, err := http.NewRequest(method, p.server.URL+path, body)
	if err != nil {
		return &Answer{}, err
	}
	request.Header = header.Clone()
	if cookie := p.Jar.String(); cookie != "" {
		request.Header.Set("Cookie", cookie)
	}
	response, err := p.server.client.Do(request)
	if err != nil {
		return &Answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	p.Jar.take(response)
	return &Answer{Status: response.StatusCode, Header: response.Header, Body: string(text)}, err
}

func (s *Server) probe() error {
	answer, err := s.Stranger().Do(http.MethodGet, "/readyz", nil, nil)
	if err == nil && answer.Status != http.StatusOK {
		err = fmt.Errorf("not ready: %d %s", answer.Status, answer.Body)
	}
	return err
}

// Jar holds one set of cookies for all nodes. Unlike a browser it sends Secure cookies without TLS, as if a
// proxy before the nodes terminated TLS.
type Jar struct {
	mu      sync.Mutex
	cookies map[string]string
}

// Set sets a cookie; an empty value deletes it.
func (j *Jar) Set(name, value string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.cookies == nil {
		j.cookies = map[string]string{}
	}
	if j.cookies[name] = value; value == "" {
		delete(j.cookies, name)
	}
}

// Get returns a cookie's value, or "" without one.
func (j *Jar) Get(name string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.cookies[name]
}

// String returns the Cookie header.
func (j *Jar) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var pairs []string
	for name, value := range j.cookies {
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "; ")
}

func (j *Jar) take(response *http.Response) {
	for _, c := range response.Cookies() {
		if c.MaxAge < 0 {
			c.Value = ""
		}
		j.Set(c.Name, c.Value)
	}
}
