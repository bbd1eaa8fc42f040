package browser

import (
	"strings"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// life is a conversation of two people, each with two tabs, all at it.
type life struct {
	t       *testing.T
	hand    hand
	axe     string
	backend *harness.Backend
	node    *harness.Process
	a, b    *Page // in front
	tabs    []*Page
	carl    *harness.Person

	anna, bert []string // what the tabs of the two show
}

// turn is what one of the two does, and which lines change for anna and for bert.
type turn struct {
	what string
	do   func(l *life)
	says []says
}

// says is a line for anna and for bert: of a message by its Seq, or 0 of the list. Without a text nothing changes.
type says struct {
	seq        int
	anna, bert string
}

// Whatever happens to messages, by mouse, by touch and by keyboard alone, shows in both tabs of both people, and a reload
// shows the same.
func TestLifeOfMessages(t *testing.T) {
	t.Parallel()
	for name, hand := range hands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, hand)
			for _, turn := range turns {
				began := time.Now()
				turn.do(l)
				l.change(turn.says)
				l.await(turn.what)
				t.Logf("%s: %v", turn.what, time.Since(began).Round(time.Millisecond))
			}
		})
	}
}

func newLife(t *testing.T, hand hand) *life {
	t.Helper()
	l := &life{t: t, hand: hand, axe: axeScript(t), backend: harness.SQLite(t)}
	l.node = l.backend.Exec(t)
	anna, bert, carl := trio(t, &l.node.Server)
	harness.Connect(t, bert, carl)
	l.carl = carl
	tabs := func(who *harness.Person, path string) *Page {
		front := enter(t, who, l.node.URL, "/")
		behind := front.Tab()
		for _, p := range []*Page{front, behind} {
			p.Excuse(connectionErrors...)
			hand.screen(p)
			p.Go(path)
			p.AwaitLive()
		}
		front.Show()
		l.tabs = append(l.tabs, front, behind)
		return front
	}
	l.a, l.b = tabs(anna, "/chats/bert"), tabs(bert, "/chats/anna")
	l.anna, l.bert = []string{"list: nothing"}, []string{"list: nothing"}
	return l
}

// change takes the lines that a turn changes.
func (l *life) change(lines []says) {
	put := func(list []string, seq int, text string) []string {
		switch last := len(list) - 1; {
		case text == "":
		case seq == 0:
			list[last] = "list: " + text
		case seq > last:
			return append(list[:last:last], text, list[last])
		default:
			list[seq-1] = text
		}
		return list
	}
	for _, line := range lines {
		l.anna, l.bert = put(l.anna, line.seq, line.anna), put(l.bert, line.seq, line.bert)
	}
}

func (l *life) await(what string) {
	l.t.Helper()
	for _, p := range l.tabs {
		lines := l.anna
		if p.Name == "bert" {
			lines = l.bert
		}
		p.awaitShown(what, lines)
	}
}

func (l *life) choose(p *Page, seq int, item string) {
	l.t.Helper()
	l.hand.choose(p, rowOf(seq), "menuitem", item)
}

// look lets axe look at a page in both themes.
func (l *life) look(p *Page, where string) {
	l.t.Helper()
	if _, ok := l.hand.(keys); ok {
		return // it looks as with the mouse
	}
	_, finger := l.hand.(touch)
	for _, scheme := range []string{"dark", "light"} {
		p.scheme(scheme, finger)
		p.awaitStill()
		for _, v := range p.axe(l.axe) {
			l.t.Errorf("%s, %s: %s (%s) %s\n%s", where, scheme, v.ID, v.Impact, v.Help, strings.Join(v.Where, "\n"))
		}
	}
}

func rowOf(seq int) string {
	return "#pane [role=log] article[data-seq='" + string(rune('0'+seq)) + "']"
}

var turns = []turn{
	{
		"a message", func(l *life) { l.hand.write(l.a, "Shall we go to the *bay*?") },
		[]says{
			{1, "me: Shall we go to the bay?", "them: Shall we go to the bay?"},
			{0, "You: Shall we go to the bay?", "Shall we go to the bay?"},
		},
	},
	{
		"an edit", func(l *life) {
			l.choose(l.a, 1, "Edit")
			l.a.awaitComposed("Shall we go to the *bay*?")
			l.hand.write(l.a, " Or not?")
		},
		[]says{
			{1, "me: Shall we go to the bay? Or not? | edited", "them: Shall we go to the bay? Or not? | edited"},
			{0, "You: Shall we go to the bay? Or not?", "Shall we go to the bay? Or not?"},
		},
	},
	{
		"a reply", func(l *life) {
			l.choose(l.b, 1, "Reply")
			l.b.Find("#composer", "link", "Cancel reply")
			l.hand.write(l.b, "Yes, _please_")
		},
		[]says{
			{2, "them: > In reply to anna: Shall we go to the bay? Or not? | Yes, please", "me: > In reply to anna: Shall we go to the bay? Or not? | Yes, please"},
			{0, "Yes, please", "You: Yes, please"},
		},
	},
	{
		"a jump to what was answered", func(l *life) {
			l.hand.press(l.b, rowOf(2), "link", "In reply to anna*")
			l.b.Await("the focus on the message", `row => document.activeElement === document.querySelector(row)`, rowOf(1))
		},
		nil,
	},
	{
		"a reaction", func(l *life) { l.hand.choose(l.b, rowOf(1), "menuitemradio", "React with 👍") },
		[]says{{1, "me: Shall we go to the bay? Or not? | edited | 👍 bert", "them: Shall we go to the bay? Or not? | edited | +👍 You"}},
	},
	{
		"a reaction of the grid", func(l *life) {
			l.choose(l.a, 1, "React")
			l.a.Await("the grid", `() => document.querySelector('#emoji').matches(':popover-open') && document.querySelector('#emoji').contains(document.activeElement)`)
			if _, ok := l.hand.(touch); ok { // the keyboard of a phone does not come by itself
				l.hand.press(l.a, "#emoji", "searchbox", "Search emoji")
			}
			l.a.Press("rocket")
			l.hand.press(l.a, "#emoji .cell:not([hidden])", "button", "rocket")
		},
		[]says{{1, "me: Shall we go to the bay? Or not? | edited | 👍 bert | +🚀 You", "them: Shall we go to the bay? Or not? | edited | +👍 You | 🚀 anna"}},
	},
	{
		"a reaction taken back", func(l *life) { l.hand.press(l.b, rowOf(1), "button", "👍 You") },
		[]says{{1, "me: Shall we go to the bay? Or not? | edited | +🚀 You", "them: Shall we go to the bay? Or not? | edited | 🚀 anna"}},
	},
	{
		"the page of a message", func(l *life) {
			l.choose(l.a, 1, "Info")
			l.a.Await("what it was before", `() => document.querySelector('.versions')?.textContent.includes('Shall we go to the bay?')`)
			l.a.Await("its reader", `() => [...document.querySelectorAll('.facts dd')].some(e => e.textContent === 'Read')`)
			l.look(l.a, "the page of a message")
			l.hand.press(l.a, "#pane", "link", "Back to the conversation")
		},
		nil,
	},
	{
		"saving", func(l *life) { l.choose(l.a, 2, "Save") },
		[]says{{2, "them: > In reply to anna: Shall we go to the bay? Or not? | Yes, please | saved", ""}},
	},
	{
		"a file", func(l *life) {
			l.a.Attach(write(l.t, "route.txt", []byte("along the coast")))
			l.a.AwaitTray("done")
			l.hand.write(l.a, "This way")
		},
		[]says{
			{3, "me: [route.txt] | This way", "them: [route.txt] | This way"},
			{0, "You: This way", "This way"},
		},
	},
	{"forwarding", forwardToCarl, nil},
	{
		"the end of the server", func(l *life) {
			l.node.Kill()
			l.node.Start()
			for _, p := range l.tabs {
				p.AwaitLive()
			}
		},
		nil,
	},
	{
		"deleting for everyone", func(l *life) {
			l.choose(l.a, 1, "Delete for everyone")
			l.hand.press(l.a, "#confirm", "button", "Delete")
		},
		[]says{
			{1, "Message deleted", "Message deleted"},
			{2, "them: > Message deleted | Yes, please | saved", "me: > Message deleted | Yes, please"},
		},
	},
	{"what was saved", openSaved, nil},
	{
		"deleting for oneself", func(l *life) { l.choose(l.b, 3, "Delete for me") },
		[]says{{3, "", "hidden"}, {0, "", "nothing"}},
	},
	{
		"a timer", func(l *life) {
			l.hand.press(l.b, "#pane", "button", "More")
			l.hand.press(l.b, "#menu", "button", "Disappearing messages")
			l.b.Find("#timer", "button", "1 week")
			l.look(l.b, "the timer")
			l.hand.press(l.b, "#timer", "button", "1 week")
			l.b.Await("the menus are closed", `() => !document.querySelector(':popover-open')`)
		},
		[]says{
			{4, "Messages disappear after 1 week.", "Messages disappear after 1 week."},
			{0, "Messages disappear after 1 week.", "Messages disappear after 1 week."},
		},
	},
	{
		"a message that disappears", func(l *life) { l.hand.write(l.b, "secret") },
		[]says{{5, "them: secret", "me: secret"}, {0, "secret", "You: secret"}},
	},
	{
		"the time", func(l *life) {
			_, err := l.backend.Open(l.t).Writer().ExecContext(l.t.Context(), "UPDATE messages SET expires_at = created_at WHERE expires_at IS NOT NULL")
			require.NoError(l.t, err)
		},
		[]says{{5, "Message deleted", "Message deleted"}, {0, "Message deleted", "Message deleted"}},
	},
	{"a search", search, nil},
	{
		"a reload", func(l *life) {
			l.look(l.b, "the conversation")
			for _, p := range l.tabs {
				p.Reload()
				p.AwaitLive()
			}
		},
		nil,
	},
}

func forwardToCarl(l *life) {
	l.t.Helper()
	l.choose(l.b, 3, "Forward")
	l.b.Await("the contacts", `() => document.activeElement.matches('#forward[open] input[type=checkbox]')`)
	l.look(l.b, "the contacts to forward to")
	if _, ok := l.hand.(keys); ok {
		l.b.Press(" ")
	} else {
		l.hand.press(l.b, "#forward", "checkbox", "carl")
	}
	l.hand.press(l.b, "#forward", "button", "Forward")
	l.b.AwaitChat("carl")
	l.b.awaitShown("what was forwarded", []string{"me: [route.txt] | This way | Forwarded", "list: You: This way"})
	require.Contains(l.t, l.carl.Get("/chats/bert", false).Body, "route.txt")
	l.b.Back()
	l.b.Find("#pane", "link", "Back to the conversation")
	l.hand.press(l.b, "#pane", "link", "Back to the conversation")
}

func openSaved(l *life) {
	l.t.Helper()
	if _, ok := l.hand.(touch); ok {
		l.hand.press(l.a, "#pane", "link", "Back to chats")
	}
	l.hand.press(l.a, "", "link", "Saved messages")
	l.a.Find("#pane", "button", "Unsave")
	l.look(l.a, "what was saved")
	l.hand.press(l.a, "#pane .hits", "link", "bert*")
	l.a.awaitHere(2)
}

func search(l *life) {
	l.t.Helper()
	l.hand.press(l.a, "#pane", "button", "More")
	l.hand.press(l.a, "#menu", "link", "Search messages")
	l.a.awaitFocus("searchbox", "Search messages")
	l.a.Type("WAY rout")
	l.a.Press(kb.Enter)
	l.a.awaitMarked("way", "route")
	l.look(l.a, "a search")
	l.hand.press(l.a, "#hits", "link", "bert*")
	l.a.awaitHere(3)
}
