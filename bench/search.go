package bench

import (
	"context"
	"errors"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

var searchCommand = command{
	name:    "search",
	purpose: "how long a search in messages takes",
	about: "People search their messages one after another, each for two words of a message on the page of their\n" +
		"chat, or for one of the given words. The time is that of the whole answer.",
	bind: bindSearch,
}

type searchOptions struct {
	where
	searches int
	queries  []string
}

func bindSearch(flags *pflag.FlagSet) runner {
	var o searchOptions
	o.bind(flags)
	flags.IntVar(&o.searches, "searches", 500, "`NUMBER` of searches")
	flags.StringSliceVar(&o.queries, "query", nil, "`WORDS` to search for instead, several with commas, each in turn")
	return func(ctx context.Context) (report, error) { return o.run(ctx) }
}

type searchReport struct {
	Took  summary `json:"took"`
	Found int     `json:"found"` // searches with hits
}

func (r *searchReport) rows() [][2]string {
	return [][2]string{
		{"searches", fmt.Sprintf("%d, %d of them with hits", r.Took.Count, r.Found)},
		{"answered after", r.Took.String()},
	}
}

func (o *searchOptions) run(ctx context.Context) (report, error) {
	if o.searches < 1 {
		return nil, errors.New("--searches has to be above 0")
	}
	t, err := o.open(2)
	if err != nil {
		return nil, err
	}
	b := &browser{target: t, client: &http.Client{Timeout: 30 * time.Second}}
	defer b.client.CloseIdleConnections()
	r := &searchReport{}
	var took []time.Duration
	for n := range o.searches {
		i := rand.IntN(len(t.people))
		query, err := o.query(ctx, b, n, i)
		if err != nil {
			return nil, err
		}
		begun := time.Now()
		answer, err := b.ask(ctx, i, "/find?q="+url.QueryEscape(query))
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
		if strings.Contains(answer, "<mark>") {
			r.Found++
		}
	}
	r.Took = summarize(took)
	return r, nil
}

// query returns what a person searches for.
func (o *searchOptions) query(ctx context.Context, b *browser, n, person int) (string, error) {
	if len(o.queries) > 0 {
		return o.queries[n%len(o.queries)], nil
	}
	return b.twoWords(ctx, person)
}

var written = regexp.MustCompile(`<p dir="auto"[^>]*>([^<]+)`)

// twoWords takes words of the messages on the page of a person's chat.
func (b *browser) twoWords(ctx context.Context, i int) (string, error) {
	page, err := b.ask(ctx, i, b.target.chat(i))
	if err != nil {
		return "", err
	}
	texts := written.FindAllStringSubmatch(page, -1)
	if len(texts) == 0 {
		return "", errors.New("there are no messages to search: seed some with `dchat seed --messages N --words N`")
	}
	words := strings.Fields(html.UnescapeString(texts[rand.IntN(len(texts))][1]))
	return words[rand.IntN(len(words))] + " " + words[rand.IntN(len(words))], nil
}

// ask gets what the script of a person's page would get.
func (b *browser) ask(ctx context.Context, i int, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.target.base.String()+path, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("HX-Request", "true")
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Cookie", b.target.people[i].cookie)
	answer, _, err := b.do(req)
	return string(answer), err
}
