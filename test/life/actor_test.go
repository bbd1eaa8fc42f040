package life

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"dchat/test/harness"
	"dchat/test/page"

	"github.com/google/uuid"
)

// actor is a person with their pages, who does one thing after the other.
type actor struct {
	*talk

	n          int // 0 or 1
	id         int64
	who, other *harness.Person
	path       string // of the conversation
	pages      []*page.Page
	stays      bool // the pages connect by themselves
}

var emoji = []string{"👍", "❤️", "😂", "👩‍👩‍👧", ""}

// do does one step. Its error says that something is wrong; that the server refuses a step is not.
func (a *actor) do(s step) error {
	p := a.pages[s.Page]
	if err := a.act(p, s); err != nil {
		return fmt.Errorf("%v: %w", s, err)
	}
	return nil
}

func (a *actor) act(p *page.Page, s step) error {
	switch s.Do {
	case "send":
		return a.send(p, nil, s)
	case "reply":
		return a.on(p, s, func(r page.Row) bool { return !r.Gone && !r.Notice }, a.reply)
	case "edit":
		return a.on(p, s, func(r page.Row) bool { return r.Mine && !r.Gone }, a.edit)
	case "delete":
		return a.on(p, s, func(r page.Row) bool { return r.Mine }, a.delete)
	case "hide":
		return a.on(p, s, every, a.hide)
	case "react":
		return a.on(p, s, func(r page.Row) bool { return !r.Gone && !r.Notice }, a.react)
	case "save":
		return a.on(p, s, func(r page.Row) bool { return !r.Gone && !r.Notice }, a.save)
	case "forward":
		return a.on(p, s, func(r page.Row) bool { return !r.Gone && !r.Notice }, a.forward)
	case "take":
		return a.take(p)
	case "timer":
		return a.timer(p, s)
	case "expire":
		return a.expire()
	case "block":
		return a.block(p)
	case "read":
		return a.on(p, s, every, a.read)
	case "mute", "pin", "archive", "unread", "privacy":
		return a.keep(p, s)
	}
	return a.move(p, s)
}

func every(page.Row) bool { return true }

// move changes what a page shows, or its connection.
func (a *actor) move(p *page.Page, s step) error {
	switch s.Do {
	case "disconnect":
		p.Disconnect()
		return nil
	case "connect":
		return a.connect(p)
	case "load":
		connected := p.Connected()
		if err := a.looks(func() error { return p.Load(a.path) }); err != nil || !connected {
			return err
		}
		return a.connect(p)
	case "visit":
		return a.looks(func() error { return p.Visit("/") })
	case "return":
		return a.looks(func() error { return p.Visit(a.path) })
	case "older":
		return a.looks(p.Older)
	case "newer":
		return a.looks(p.Newer)
	case "at":
		return a.on(p, s, every, func(p *page.Page, r page.Row, _ step) error {
			return a.looks(func() error { return p.Visit(fmt.Sprint(a.path, "?at=", r.Seq)) })
		})
	}
	return fmt.Errorf("there is no action %q", s.Do)
}

// connect opens the socket of a page, unless it connects by itself.
func (a *actor) connect(p *page.Page) error {
	if a.stays || p.Connected() {
		return nil
	}
	return a.looks(p.Connect)
}

// looks asks for something to look at.
func (a *actor) looks(get func() error) error {
	_, err := a.again(func() (*harness.Answer, error) { return &harness.Answer{}, get() })
	return err
}

// open loads a page that is not the actor's own.
func (a *actor) open(who *harness.Person) (p *page.Page, err error) {
	err = a.looks(func() (err error) {
		p, err = page.Open(who, a.path)
		return err
	})
	return p, err
}

// late is from which Pick on a row is counted from the top: other pages may not have loaded it.
const late = 6

// on does something to one of the rows of a page that are in question.
func (a *actor) on(p *page.Page, s step, is func(page.Row) bool, do func(*page.Page, page.Row, step) error) error {
	var rows []page.Row
	for _, r := range p.State().Rows {
		if is(r) {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	at := len(rows) - 1 - s.Pick%len(rows)
	if s.Pick >= late {
		at = (s.Pick - late) % len(rows)
	}
	return do(p, rows[at], s)
}

// post submits a form, and reports whether the server has done it. It may refuse: the page may be old.
func (a *actor) post(p *page.Page, path string, form url.Values) (*harness.Answer, bool, error) {
	answer, err := a.again(func() (*harness.Answer, error) { return p.Post(path, form) })
	if err != nil {
		return answer, false, err
	}
	a.tally.add(path, answer.Status == http.StatusOK)
	switch answer.Status {
	case http.StatusOK:
		return answer, true, nil
	case http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusForbidden:
		return answer, false, nil
	}
	return answer, false, fmt.Errorf("%s %v: %d %s", path, form, answer.Status, answer.Body)
}

func (a *actor) send(p *page.Page, source *page.Row, s step) error {
	key := uuid.NewString()
	e := &entry{key: key, body: a.ledger.text(a.who.Username + " says"), sender: a.id}
	form := url.Values{"key": {key}, "body": {e.body}}
	if source != nil {
		form.Set("reply", source.ID)
		e.reply = source.Seq
	}
	if rows := p.State().Rows; len(rows) > 0 && s.Word > 1 { // the page says how far it was read meanwhile
		form.Set("read", fmt.Sprint(rows[len(rows)-1-s.Pick%len(rows)].Seq))
	}
	answer, done, err := a.post(p, a.path+"/messages", form)
	if err != nil || !done {
		return err
	}
	seq, err := seqOf(answer, key)
	if err != nil {
		return err
	}
	return a.ledger.add(seq, e)
}

// seqOf finds the row of a key in an answer.
func seqOf(answer *harness.Answer, key string) (int64, error) {
	row := answer.Doc().Find(`article[data-key="` + key + `"]`)
	if row.Length() != 1 {
		return 0, fmt.Errorf("an answer without the row of its key %s: %s", key, answer.Body)
	}
	return strconv.ParseInt(row.AttrOr("data-seq", ""), 10, 64)
}

func (a *actor) reply(p *page.Page, r page.Row, s step) error { return a.send(p, &r, s) }

func (a *actor) edit(p *page.Page, r page.Row, _ step) error {
	body := a.ledger.text(a.who.Username + " meant")
	return a.change(p, r, "edit", url.Values{"body": {body}, "rev": {fmt.Sprint(r.Rev)}}, func(e *entry) { e.body, e.edited = body, true })
}

func (a *actor) delete(p *page.Page, r page.Row, _ step) error {
	return a.change(p, r, "delete", nil, func(e *entry) { e.deleted = true })
}

func (a *actor) hide(p *page.Page, r page.Row, _ step) error {
	return a.change(p, r, "hide", nil, func(e *entry) { e.hidden[a.n] = true })
}

func (a *actor) react(p *page.Page, r page.Row, s step) error {
	chosen := emoji[s.Word]
	return a.change(p, r, "react", url.Values{"emoji": {chosen}}, func(e *entry) { e.emoji[a.n] = chosen })
}

func (a *actor) save(p *page.Page, r page.Row, s step) error {
	saved := s.Word%2 == 0
	return a.change(p, r, "save", url.Values{"saved": {wish(saved)}}, func(e *entry) { e.saved[a.n] = saved })
}

// change does something to a message, and notes it once it is acknowledged.
func (a *actor) change(p *page.Page, r page.Row, what string, form url.Values, note func(*entry)) error {
	_, done, err := a.post(p, a.path+"/messages/"+r.ID+"/"+what, form)
	if done {
		a.ledger.change(r.Seq, note)
	}
	return err
}

func (a *actor) read(p *page.Page, r page.Row, _ step) error {
	_, done, err := a.post(p, a.path+"/read", url.Values{"seq": {fmt.Sprint(r.Seq)}})
	if err == nil && !done {
		err = errors.New("a read is refused")
	}
	return err
}

// forward sends a message to the person's other contact, if they have one.
func (a *actor) forward(p *page.Page, r page.Row, _ step) error {
	if a.n != 0 {
		return nil
	}
	_, _, err := a.post(p, a.path+"/messages/"+r.ID+"/forward", url.Values{"to": {a.third.Username}, "key": {uuid.NewString()}})
	return err
}

// take forwards a message of another conversation to this one.
func (a *actor) take(p *page.Page) error {
	if a.n != 0 {
		return nil
	}
	path, key := "/chats/"+a.third.Username+"/messages", uuid.NewString()
	e := &entry{body: a.ledger.text("from elsewhere"), sender: a.id, forwarded: true}
	answer, done, err := a.post(p, path, url.Values{"key": {key}, "body": {e.body}})
	if err != nil || !done {
		return err
	}
	id := strings.TrimPrefix(answer.Doc().Find(`article[data-key="`+key+`"]`).AttrOr("id", ""), "message-")
	_, done, err = a.post(p, path+"/"+id+"/forward", url.Values{"to": {a.other.Username}, "key": {uuid.NewString()}})
	if err != nil || !done {
		return err
	}
	var seq int64
	err = a.db.Read().NewRaw("SELECT seq FROM messages WHERE conversation_id = ? AND body = ?", a.conversation, e.body).Scan(a.ctx, &seq)
	if err != nil {
		return fmt.Errorf("what was forwarded is not there: %w", err)
	}
	return a.ledger.add(seq, e)
}

func (a *actor) timer(p *page.Page, s step) error {
	_, done, err := a.post(p, a.path+"/timer", url.Values{"after": {[]string{"off", "1d", "1w", "4w", "1d"}[s.Word]}})
	if done {
		a.ledger.timer()
	}
	return err
}

// expire lets the time of all messages come that will disappear.
func (a *actor) expire() error {
	_, err := a.db.Writer().NewRaw("UPDATE messages SET expires_at = created_at WHERE conversation_id = ? AND expires_at IS NOT NULL", a.conversation).Exec(a.ctx)
	a.expired.Store(true)
	return err
}

// block blocks the other for a moment.
func (a *actor) block(p *page.Page) error {
	for _, what := range []string{"/block", "/unblock"} {
		if _, done, err := a.post(p, a.path+what, nil); err != nil || !done {
			return cmp.Or(err, fmt.Errorf("%s is refused", what))
		}
	}
	return nil
}
