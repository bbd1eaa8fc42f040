package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gobwas/ws"
	"golang.org/x/sync/errgroup"
)

// A pane is an open conversation as the server has rendered it.
type pane struct{ conversation, rev int }

var (
	conversationID = regexp.MustCompile(`id="messages-(\d+)"`)
	conversationAt = regexp.MustCompile(`data-rev="(\d+)"`)
)

// panes fetches the conversation of each pair, as one of the two has it.
func (t *target) panes(ctx context.Context, people int) ([]pane, error) {
	const together = 16
	b := &browser{target: t, client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: together}}}
	defer b.client.CloseIdleConnections()
	list := make([]pane, people)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for i := 0; i < people; i += 2 {
		group.Go(func() (err error) {
			list[i], err = b.pane(ctx, i)
			list[i^1] = list[i]
			return err
		})
	}
	return list, group.Wait()
}

func (b *browser) pane(ctx context.Context, i int) (p pane, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.target.base.String()+b.target.chat(i), nil)
	if err != nil {
		return p, err
	}
	req.Header.Set("HX-Request", "true")
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Cookie", b.target.person(i).cookie)
	text, _, err := b.do(req)
	if err != nil {
		return p, err
	}
	id, rev := conversationID.FindSubmatch(text), conversationAt.FindSubmatch(text)
	if id == nil || rev == nil {
		return p, fmt.Errorf("%s shows no conversation", req.URL)
	}
	p.conversation, _ = strconv.Atoi(string(id[1]))
	p.rev, _ = strconv.Atoi(string(rev[1]))
	return p, nil
}

// cursor is that of a page that has this pane, and all else that another cursor says.
func (p pane) cursor(of string) string {
	epoch, rest, _ := strings.Cut(of, ".")
	version, _, _ := strings.Cut(rest, ".")
	return fmt.Sprintf("%s.%s.%d.%d.1", epoch, version, p.conversation, p.rev)
}

var cursorMark = []byte(`data-ack="ack.">`)

// cursorIn returns the cursor that a frame ends with.
func cursorIn(frame []byte) string {
	_, rest, _ := bytes.Cut(frame, cursorMark)
	cursor, _, _ := bytes.Cut(rest, []byte("<"))
	return string(cursor)
}

// say sends a text, if the socket is open.
func (f *fleet) say(i int, text string) {
	if s := f.sockets[i]; s != nil {
		_ = s.write(ws.NewTextFrame([]byte(text)))
	}
}
