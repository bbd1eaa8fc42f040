package browser

import (
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/emulation"
	"github.com/stretchr/testify/require"
)

// enterInZone opens a window of a signed-in person with a time zone and a locale.
func enterInZone(t *testing.T, person *harness.Person, url, zone, locale string) *Page {
	t.Helper()
	p := open(t, person.Username, url)
	p.do(emulation.SetTimezoneOverride(zone), emulation.SetLocaleOverride().WithLocale(locale))
	p.become(person)
	return p
}

// shownTimes holds the times of the last message, its row in the sidebar, and the last divider.
type shownTimes struct{ At, Clock, Title, Row, Day string }

func (p *Page) times() shownTimes {
	p.t.Helper()
	return ask[shownTimes](p, `() => {
    const last = [...document.querySelectorAll('#pane article[id] time')].at(-1), plain = text => text.trim().replaceAll('\u202f', ' '), text = e => plain(e?.innerText ?? '')
    return { At: last.dateTime, Clock: plain(last.firstChild.data), Title: plain(last.title), Row: text(document.querySelector('#chats .row time')), Day: text([...document.querySelectorAll('#pane .day')].at(-1)) }
  }`)
}

// One person in two browsers with different zones: each page uses its own, live and after a reload, whichever
// connected last.
func TestTimeZonePerPage(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	zones := []struct{ zone, locale, clock, day, title string }{
		{"Europe/Berlin", "en-GB", "15:04", "Monday 2 January", "Monday, 2 January 2006 at 15:04"},
		{"America/New_York", "en-US", "3:04 PM", "Monday, January 2", "Monday, January 2, 2006 at 3:04 PM"},
		{"Asia/Kathmandu", "en-GB", "15:04", "Monday 2 January", "Monday, 2 January 2006 at 15:04"}, // UTC+5:45
		{"America/St_Johns", "en-US", "3:04 PM", "Monday, January 2", "Monday, January 2, 2006 at 3:04 PM"},
		{"Australia/Lord_Howe", "en-GB", "15:04", "Monday 2 January", "Monday, 2 January 2006 at 15:04"}, // half an hour of summer time
		{"Pacific/Kiritimati", "de-DE", "15:04", "Monday, January 2", "Monday, January 2, 2006 at 15:04"},
	}
	var pages []*Page
	for _, z := range zones {
		p := enterInZone(t, anna, s.URL, z.zone, z.locale)
		p.Go("/chats/bert")
		p.AwaitLive()
		pages = append(pages, p)
	}
	check := func(when string) {
		for i, z := range zones {
			loc, err := time.LoadLocation(z.zone)
			require.NoError(t, err)
			shown := pages[i].times()
			at, err := time.Parse(time.RFC3339, shown.At)
			require.NoError(t, err)
			at = at.In(loc)
			require.Equal(t, at.Format(z.clock), shown.Clock, "%s %s", when, z.zone)
			require.Equal(t, at.Format(z.clock), shown.Row, "%s %s: sidebar", when, z.zone)
			require.Equal(t, at.Format(z.day), shown.Day, "%s %s: divider", when, z.zone)
			require.Equal(t, at.Format(z.title), shown.Title, "%s %s: tooltip", when, z.zone)
		}
	}
	postMessage(t, bert, anna, "hello")
	for _, p := range pages {
		p.AwaitText("hello")
	}
	check("live")
	for i := range pages {
		pages[i].Go("/chats/bert")
		pages[i].AwaitText("hello")
	}
	check("reloaded")
}

// The days of a conversation begin at the reader's midnight, not the server's.
func TestDaysBeginAtReadersMidnight(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert := pair(s.Crowd(t, 2, 500))
	p := enterInZone(t, anna, s.URL, "Asia/Tokyo", "en-GB")
	other := enterInZone(t, anna, s.URL, "America/Los_Angeles", "en-GB")
	p.Go("/chats/" + bert.Username)
	p.AwaitLive()
	other.Go("/chats/" + bert.Username) // now the server has stored Los Angeles
	other.AwaitLive()
	for p.firstSeq() > 201 {
		p.pageUp()
	}
	wrong := ask[[]string](p, `() => {
    const rows = [...document.querySelectorAll('#pane [role=log] > :is(.day, article)')], wrong = [], key = t => new Date(t).toDateString()
    rows.forEach((row, i) => {
      if (!row.matches('article')) return
      const before = rows[i - 1], divided = !!before?.matches('.day'), at = row.querySelector('time').dateTime
      const begins = !row.dataset.prev || key(row.dataset.prev) !== key(at)
      if (divided !== begins) wrong.push(row.id + ' ' + at)
      if (divided && Number(before.dataset.seq) !== row.dataset.seq - 0.5) wrong.push(before.id)
    })
    return wrong
  }`)
	require.Empty(t, wrong)
	require.NotEmpty(t, p.times().Day)
}

// When the script rewrites times for a zone that the server does not know, the layout does not move.
func TestTimesDoNotMoveLayout(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	anna, bert, _ := trio(t, &s.Server)
	postMessage(t, bert, anna, "hello")
	postMessage(t, anna, bert, "שלום")
	for _, zone := range []string{"Asia/Kathmandu", "America/St_Johns"} {
		p := enterInZone(t, anna, s.URL, zone, "en-US")
		for _, path := range []string{"/", "/chats/bert", "/people/bert", "/profile", "/settings", "/search?q=b"} {
			p.Go(path)
			p.AwaitLive()
			require.Less(t, ask[float64](p, `() => new Promise(done => {
        let sum = 0
        new PerformanceObserver(list => list.getEntries().forEach(e => { sum += e.value })).observe({ type: 'layout-shift', buffered: true })
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum))))
      })`), 0.02, "%s in %s", path, zone)
		}
	}
}
