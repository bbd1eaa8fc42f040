package notify

import (
	"context"
	"fmt"
	"html"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	gomail "github.com/wneessen/go-mail"
	"mvdan.cc/xurls/v2"
)

// outbox is a folder of emails for an installation without a mail server. Its operator reads
// them there, or follows their links in the log.
type outbox struct {
	dir  string
	log  *slog.Logger
	urls *regexp.Regexp
}

func newOutbox(dir string, log *slog.Logger) (*outbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the outbox: %w", err)
	}
	return &outbox{dir: dir, log: log, urls: xurls.Strict()}, nil
}

// put writes the email under another name first: a file that ends in .eml is always whole.
func (o *outbox) put(ctx context.Context, e Email, m *gomail.Msg) error {
	f, err := os.CreateTemp(o.dir, time.Now().UTC().Format("20060102T150405.000000Z-*.part"))
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone after the rename
	_, err = m.WriteTo(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	name := f.Name()[:len(f.Name())-len(".part")] + ".eml"
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	o.log.InfoContext(ctx, "email in the outbox", "user", e.UserID, "subject", e.Subject,
		"links", o.links(e), "file", filepath.ToSlash(name))
	return nil
}

// links are the email's URLs, each once.
func (o *outbox) links(e Email) []string {
	links := o.urls.FindAllString(e.Text, -1)
	for _, link := range o.urls.FindAllString(e.HTML, -1) {
		links = append(links, html.UnescapeString(link))
	}
	slices.Sort(links)
	return slices.Compact(links)
}
