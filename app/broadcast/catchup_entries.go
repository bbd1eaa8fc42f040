package broadcast

import (
	"cmp"
	"slices"

	"dchat/app/chat"
	"dchat/views"
)

// entries writes what the sidebar and the pane miss.
func (c *catchUp) entries() {
	m := c.missed
	c.open()
	if !m.All && len(m.Entries) <= few {
		c.few()
		return
	}
	if m.Open == nil {
		c.panes()
	}
	if m.All {
		c.put(views.RequestCount(m.Requests))
	} else {
		c.put(views.ManyRequests(c.viewer, m.Entries, m.Requests, c.now))
		c.put(views.ManyResults(m.Entries))
	}
	c.many()
}

// open is what the open pane shows of its person.
func (c *catchUp) open() {
	m := c.missed
	if m.Open == nil {
		return
	}
	of := func(e chat.Entry) bool { return e.ConversationID == m.Open.ConversationID }
	if i := slices.IndexFunc(m.Entries, of); i >= 0 {
		c.put(views.RelationParts(c.viewer, m.Entries[i]))
		c.put(views.PersonParts(c.viewer, m.Entries[i]))
		c.put(views.SidePart(m.Entries[i]))
		c.put(views.TimerPart(m.Entries[i]))
		c.put(views.ReceiptParts(m.Entries[i]))
	}
}

// few are entries of which a page may show more than the sidebar does. The pane of a person without
// a conversation has no place in the cursor, so without an open conversation any may be that one.
func (c *catchUp) few() {
	for _, e := range c.missed.Entries {
		c.put(views.EntryParts(c.viewer, e, c.now))
		c.put(views.ResultPart(c.viewer, e))
		if c.missed.Open == nil {
			c.put(views.StaleParts(c.viewer, e))
			c.put(views.PersonParts(c.viewer, e))
			c.put(views.SidePart(e))
		}
	}
	if len(c.missed.Entries) > 0 {
		c.put(views.RequestCount(c.missed.Requests))
	}
}

// panes makes the pane load itself anew that shows one of many people.
func (c *catchUp) panes() {
	if c.missed.All {
		c.put(views.AnyPane())
		c.put(views.ManyBlocked(c.viewer, c.missed.Entries))
		return
	}
	c.put(views.ManyPanes(c.viewer, c.missed.Entries))
}

// many writes entries in the order of the versions that changed them, so that the cursor can follow
// (the first of the list go ahead).
func (c *catchUp) many() {
	entries := c.missed.Entries // the latest first
	top := entries[:min(onTop, len(entries))]
	rest := slices.Clone(entries[len(top):])
	slices.SortFunc(rest, func(a, b chat.Entry) int { return cmp.Compare(a.Stamp, b.Stamp) })
	c.rows(top)
	for n := 0; n < len(rest); n += atOnce {
		if n > 0 {
			c.at = max(c.at, rest[n].Stamp-1)
			c.flush()
		}
		c.rows(rest[n:min(n+atOnce, len(rest))])
	}
}

// rows writes entries, the oldest first.
func (c *catchUp) rows(entries []chat.Entry) {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b chat.Entry) int { return a.ShownAt.Compare(b.ShownAt) })
	c.put(views.ManyEntries(c.viewer, entries, c.now))
}
