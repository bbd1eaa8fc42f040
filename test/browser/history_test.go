package browser

import (
	"fmt"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func pair(crowd []*harness.Person) (first, second *harness.Person) { return crowd[0], crowd[1] }

// anchor is a visible row and its position on the screen.
type anchor struct {
	ID  string
	Top float64
}

// scrollTo scrolls the open log to y pixels from its top and returns the first visible row.
func (p *Page) scrollTo(y int) anchor {
	p.t.Helper()
	return ask[anchor](p, `y => {
    const log = document.querySelector('#pane [role=log]'), top = log.getBoundingClientRect().top
    log.scrollTop = y
    const row = [...log.querySelectorAll('article')].find(row => row.getBoundingClientRect().bottom > top + 40)
    return { ID: row.id, Top: row.getBoundingClientRect().top }
  }`, y)
}

// requireSteady asserts that a row has not moved on the screen.
func (p *Page) requireSteady(a anchor) {
	p.t.Helper()
	top := ask[*float64](p, `id => document.getElementById(id)?.getBoundingClientRect().top ?? null`, a.ID)
	require.NotNil(p.t, top, "the visible row was removed: %s", a.ID)
	require.InDelta(p.t, a.Top, *top, 2, "the visible row moved: %s", a.ID)
}

func (p *Page) firstSeq() int64 {
	p.t.Helper()
	return ask[int64](p, `() => Number(document.querySelector('#pane [role=log] article')?.dataset.seq || 0)`)
}

// pageUp loads the previous page and returns the row that was visible.
func (p *Page) pageUp() anchor {
	p.t.Helper()
	before := p.firstSeq()
	a := p.scrollTo(20)
	p.Await(fmt.Sprintf("messages before %d", before), `seq => Number(document.querySelector('#pane [role=log] article').dataset.seq) < seq`, before)
	return a
}

func TestHistoryLoadsWithoutJump(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 500))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	for p.firstSeq() > 1 {
		a := p.pageUp()
		p.requireSteady(a)
		rows := p.Log()
		require.LessOrEqual(t, len(rows), 350)
		for i, row := range rows[1:] {
			require.Equal(t, rows[i].Seq+1, row.Seq)
		}
	}
	require.Equal(t, "Message 1 of a made-up conversation.", p.Log()[0].Text)

	postMessage(t, bert, anna, "new while reading the beginning")
	p.Click("#pane", "link", "1 Jump to latest")
	p.AwaitText("new while reading the beginning")
	rows := p.Log()
	requireOnce(t, p, 501-int64(len(rows))+1, 501)
	postMessage(t, bert, anna, "and more")
	p.AwaitText("and more")
	p.AwaitEnd()
}

func TestDaysAndTimesInViewersZone(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 500))
	p := open(t, anna.Username, s.URL)
	p.do(emulation.SetTimezoneOverride("Asia/Tokyo"), emulation.SetLocaleOverride().WithLocale("en-GB"))
	p.become(anna)
	p.Go("/") // here the script sends the time zone
	p.Go("/chats/" + bert.Username)
	p.AwaitLive()
	for p.firstSeq() > 201 {
		p.pageUp()
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	type line struct {
		Day   string
		At    time.Time
		Clock string
	}
	lines := ask[[]line](p, `() => [...document.querySelectorAll('#pane [role=log] > :is(.day, article)')].map(e => ({
    Day: e.matches('.day') ? e.innerText : '', At: e.querySelector('time').dateTime.padEnd(20, 'T00:00:00Z'), Clock: e.querySelector('time').textContent.trim().slice(0, 5) }))`)
	days, day, last := 0, "", time.Time{}
	for _, l := range lines {
		if l.Day != "" {
			require.Empty(t, day, "two dividers at once")
			day = l.Day
			continue
		}
		at := l.At.In(tokyo)
		require.Equal(t, at.Format("15:04"), l.Clock)
		if last.IsZero() || at.Format(time.DateOnly) == last.Format(time.DateOnly) {
			require.True(t, day == "" || last.IsZero(), "%q before %s", day, at)
		} else {
			require.Equal(t, at.Format("Monday 2 January"), day)
			days++
		}
		day, last = "", at
	}
	require.GreaterOrEqual(t, days, 1)
}

func TestNewMessagesKeepScrollPosition(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 200))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	p.pageUp()
	p.pageUp()
	a := p.scrollTo(1500)
	for _, text := range numbered("news %d", 3) {
		postMessage(t, bert, anna, text)
	}
	p.AwaitText("news 3")
	p.requireSteady(a)
	p.AwaitUnread(bert.Username, 3)
	require.Equal(t, []string{"news 1"}, dividers(p))
	p.Click("#pane", "link", "3 Jump to latest")
	p.AwaitUnread(bert.Username, 0)
	rows := p.Log()
	requireOnce(t, p, rows[0].Seq, 203)
}

// A message sent while scrolled up goes to the end of the log, and the log scrolls there. No input is lost.
func TestSendWhileScrolledUp(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 500))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	for p.firstSeq() > 1 {
		p.pageUp()
	}
	p.Latency(300 * time.Millisecond)
	p.Send("one")
	p.Type("two")
	p.AwaitText("one")
	p.Await("the message follows the previous one", `() => [...document.querySelectorAll('#pane article[id]')].slice(-2).map(row => row.dataset.seq).join() === '500,501'`)
	p.AwaitEnd()
	require.Equal(t, "two", p.Composed())
	for p.firstSeq() > 1 {
		p.pageUp()
	}
	p.Click("#pane", "link", "Jump to latest")
	p.Type(" three")
	p.AwaitText("one")
	p.AwaitEnd()
	require.Equal(t, "two three", p.Composed())
}

// The end of the log stays visible when elements around it change size.
func TestEndOfLogStaysVisible(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 60))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	p.AwaitEnd()
	p.Write("a\ntext\nof\nfive\nlines")
	p.AwaitEnd()
	p.Press(kb.Enter)
	p.AwaitText("a\ntext\nof\nfive\nlines")
	p.AwaitEnd()
	p.do(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
	p.AwaitEnd()
	p.do(emulation.SetDeviceMetricsOverride(390, 444, 2, true)) // as with the keyboard of a phone
	p.AwaitEnd()
	p.Offline(true)
	p.Send("unsent")
	p.awaitState("failed", 1)
	p.AwaitEnd()
	p.Offline(false)
	p.AwaitText("unsent")
	p.AwaitEnd()
}

// A page that was disconnected for long receives all messages in batches.
func TestCatchUpAfterLongAbsence(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Exec(t)
	anna, bert, _ := trio(t, &s.Server)
	p := enter(t, anna, s.URL, "/chats/bert")
	p.Excuse(connectionErrors...)
	p.AwaitLive()
	postMessage(t, bert, anna, "first")
	p.AwaitTexts("first")
	p.Offline(true)
	p.Send("unsent")
	p.awaitState("failed", 1)
	s.Kill() // also ends the connection
	s.Start()
	for _, text := range numbered("news %d", 250) {
		postMessage(t, bert, anna, text)
	}
	p.Offline(false)
	p.AwaitText("unsent")
	p.Await("all messages", `() => [...document.querySelectorAll('#pane article')].at(-1).dataset.seq === '252'`)
	p.AwaitEnd()
	p.AwaitUnread("bert", 0)
	for p.firstSeq() > 1 {
		p.requireSteady(p.pageUp())
	}
	requireOnce(t, p, 1, 252)
}

// A message is deleted while the page of messages with it is on its way: the answer is older than the page.
func TestEarlierMessagesFollowChanges(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 60))
	p := enter(t, anna, s.URL, "/chats/"+bert.Username)
	p.AwaitLive()
	first := bert.Get("/chats/"+anna.Username+"/messages?before=3", true).Doc().Find("article.mine").First()
	id, seq := first.AttrOr("id", ""), first.AttrOr("data-seq", "")
	require.NotEmpty(t, id)
	ask[bool](p, `() => {
    const send = fetch
    window.fetch = async (url, how) => {
      const answer = await send(url, how)
      if (String(url).includes('before=')) await new Promise(done => { window.release = done })
      return answer
    }
    return true
  }`)
	p.scrollTo(0)
	p.Await("the answer on its way", `() => !!window.release`)
	path := "/chats/" + anna.Username + "/messages/" + id[len("message-"):] + "/delete"
	answer := bert.Post(path, nil, true)
	require.Equal(t, 200, answer.Status, answer.Body)
	postMessage(t, bert, anna, "after the deletion")
	p.AwaitText("after the deletion")
	ask[bool](p, `() => { release(); return true }`)
	p.Await("the tombstone "+seq, `id => document.getElementById(id)?.matches('.gone')`, id)
}
