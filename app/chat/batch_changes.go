package chat

import "slices"

// changes says, for each person, what the committed batch changed.
func (b *batchWrite) changes() []Change {
	var list []Change
	person := map[int64]int{} // → index into list
	item := map[sideKey]int{} // → index into that person's items
	add := func(d *draft, user, partner int64) {
		mine, theirs := b.side(d.Conversation, user), b.side(d.Conversation, partner)
		viewer := mine.User // as they are now, not as they were read some time before
		i, ok := person[viewer.ID]
		if !ok {
			i = len(list)
			person[viewer.ID] = i
			list = append(list, Change{Viewer: viewer, From: b.before[viewer.ID], To: b.versions[viewer.ID]})
		}
		change := &list[i]
		k := sideKey{d.Conversation, viewer.ID}
		j, ok := item[k]
		if !ok {
			j = len(change.Items)
			item[k] = j
			change.Items = append(change.Items, Item{})
		}
		it := &change.Items[j]
		m := *d.message
		m.Quote = d.quotes[user]
		it.Messages = append(it.Messages, m)
		it.NewReceipts = it.NewReceipts || viewer.ID != d.sender.ID // who writes has read
		it.Entry = newEntry(b.pairs[d.Conversation], mine, theirs, theirs.User, d.message)
		it.NewSide = b.returned[k]
	}
	for _, d := range b.accepted {
		add(d, d.sender.ID, d.other.ID)
		add(d, d.other.ID, d.sender.ID)
	}
	return list
}

func uniqueIDs(drafts []*draft, ids func(*draft) []int64) []int64 {
	var all []int64
	for _, d := range drafts {
		all = append(all, ids(d)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func values[K comparable, V any](m map[K]*V) []*V {
	list := make([]*V, 0, len(m))
	for _, v := range m {
		list = append(list, v)
	}
	return list
}
