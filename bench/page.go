package bench

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

var pageCommand = command{
	name:    "page",
	purpose: "how many bytes the first load of a page takes",
	about: "Fetches a page and the scripts, style sheets and icons it names, as a browser with an empty cache would,\n" +
		"and prints the size of each body as sent (bodies only, without headers).",
	bind: bindPage,
}

type pageOptions struct {
	where
	path string
}

func bindPage(flags *pflag.FlagSet) runner {
	var o pageOptions
	o.bind(flags)
	flags.StringVar(&o.path, "path", "", "`PATH` of the page (default: the chat of the first person)")
	return func(ctx context.Context) (report, error) { return o.run(ctx) }
}

type resource struct {
	URL      string `json:"url"`
	Type     string `json:"type"`
	Encoding string `json:"encoding"`
	Sent     int64  `json:"bytes_sent"`
	Plain    int64  `json:"bytes_plain"`
}

type pageReport struct {
	Page      string     `json:"page"`
	Resources []resource `json:"resources"`
	Sent      int64      `json:"bytes_sent"`
	Plain     int64      `json:"bytes_plain"`
}

func (r *pageReport) rows() [][2]string {
	var rows [][2]string
	for _, one := range r.Resources {
		rows = append(rows, [2]string{one.URL, fmt.Sprintf("%7d B  %-8s of %7d B", one.Sent, one.Encoding, one.Plain)})
	}
	return append(rows, [2]string{"in all", fmt.Sprintf("%7d B  %-8s of %7d B", r.Sent, "", r.Plain)})
}

func (o *pageOptions) run(ctx context.Context) (report, error) {
	atLeast := 0
	if o.path == "" {
		atLeast = 2
	}
	t, err := o.open(atLeast)
	if err != nil {
		return nil, err
	}
	if o.path == "" {
		o.path = t.chat(0)
	}
	page, err := url.Parse(t.base.String() + "/" + strings.TrimPrefix(o.path, "/"))
	if err != nil {
		return nil, fmt.Errorf("--path %q is not a path", o.path)
	}
	b := &browser{target: t, client: &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	defer b.client.CloseIdleConnections()
	return b.load(ctx, page)
}

type browser struct {
	target *target
	client *http.Client
}

func (b *browser) load(ctx context.Context, page *url.URL) (report, error) {
	first, text, err := b.fetch(ctx, page)
	if err != nil {
		return nil, err
	}
	r := &pageReport{Page: page.String(), Resources: []resource{first}}
	for _, reference := range references(text, page) {
		one, _, err := b.fetch(ctx, reference)
		if err != nil {
			return nil, err
		}
		r.Resources = append(r.Resources, one)
	}
	for _, one := range r.Resources {
		r.Sent += one.Sent
		r.Plain += one.Plain
	}
	return r, nil
}

// fetch weighs one resource as browsers get it, and reads it once more as plain text.
func (b *browser) fetch(ctx context.Context, at *url.URL) (resource, string, error) {
	sent, header, err := b.get(ctx, at, "br, gzip")
	if err != nil {
		return resource{}, "", err
	}
	plain, _, err := b.get(ctx, at, "identity")
	if err != nil {
		return resource{}, "", err
	}
	return resource{
		URL: at.RequestURI(), Type: header.Get("Content-Type"), Encoding: header.Get("Content-Encoding"),
		Sent: int64(len(sent)), Plain: int64(len(plain)),
	}, string(plain), nil
}

func (b *browser) get(ctx context.Context, at *url.URL, encoding string) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept-Encoding", encoding)
	req.Header.Set("User-Agent", agent)
	if at.Host == b.target.base.Host && len(b.target.people) > 0 {
		req.Header.Set("Cookie", b.target.people[0].cookie)
	}
	return b.do(req)
}

func (b *browser) do(req *http.Request) ([]byte, http.Header, error) {
	at := req.URL
	answer, err := b.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("the server answered %d to %s", answer.StatusCode, at)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s broke off", at), err)
	}
	return body, answer.Header, nil
}

var (
	comments   = regexp.MustCompile(`(?s)<!--.*?-->`)
	tags       = regexp.MustCompile(`(?is)<(script|link)\s([^>]*)>`)
	attributes = regexp.MustCompile(`([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
	loaded     = regexp.MustCompile(`(?i)(^|\s)(stylesheet|icon|preload|modulepreload)(\s|$)`)
)

// references lists what the page makes a browser load, each once.
func references(text string, page *url.URL) []*url.URL {
	var found []*url.URL
	known := map[string]bool{}
	for _, tag := range tags.FindAllStringSubmatch(comments.ReplaceAllString(text, ""), -1) {
		attribute := map[string]string{}
		for _, a := range attributes.FindAllStringSubmatch(tag[2], -1) {
			attribute[strings.ToLower(a[1])] = html.UnescapeString(a[2] + a[3] + a[4])
		}
		reference := attribute["src"]
		if strings.EqualFold(tag[1], "link") {
			if reference = ""; loaded.MatchString(attribute["rel"]) {
				reference = attribute["href"]
			}
		}
		at, err := page.Parse(reference)
		if reference == "" || err != nil || at.Scheme != "http" && at.Scheme != "https" || known[at.String()] {
			continue
		}
		known[at.String()] = true
		found = append(found, at)
	}
	return found
}
