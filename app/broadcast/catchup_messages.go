package broadcast

import (
	"cmp"
	"slices"

	"dchat/app/chat"
	"dchat/views"
)

// messages writes what the open log misses.
func (c *catchUp) messages() {
	m := c.missed
	if m.Open == nil {
		return
	}
	if m.NewLog {
		m.Page = latest(m.Page)
		c.put(views.Missed(c.viewer, m))
	} else {
		c.changed()
	}
	c.rev = m.Rev
}

// changed writes messages in the order of their revisions, so that the cursor can follow.
func (c *catchUp) changed() {
	m := c.missed
	rows := slices.Clone(m.Changed)
	slices.SortFunc(rows, func(a, b chat.Message) int { return cmp.Compare(a.Rev, b.Rev) })
	for len(rows) > 0 {
		n := fitting(rows, fragmentSize)
		now := rows[:n]
		rows = rows[n:]
		slices.SortFunc(now, func(a, b chat.Message) int { return cmp.Compare(a.Seq, b.Seq) })
		c.rev = slices.MaxFunc(now, func(a, b chat.Message) int { return cmp.Compare(a.Rev, b.Rev) }).Rev
		c.put(views.Rows(c.viewer, m.Open.Other, m.Open.ConversationID, now))
		if len(rows) > 0 {
			c.flush()
		}
	}
}

// latest is as much of the end of a page as fits into a fragment.
func latest(page chat.Page) chat.Page {
	backwards := slices.Clone(page.Messages)
	slices.Reverse(backwards)
	if n := fitting(backwards, logSize); n < len(backwards) {
		page.More = true
		page.Messages = page.Messages[len(page.Messages)-n:]
	}
	return page
}

// fitting is how many of the first rows fit, one at least.
func fitting(rows []chat.Message, size int) int {
	const fragment = 600 // bytes of a row that are not its text
	for n, m := range rows {
		size -= fragment*(1+len(m.Attachments)) + len(m.Body)*5/4
		if size < 0 {
			return max(1, n)
		}
	}
	return len(rows)
}
