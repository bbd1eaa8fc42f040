package views

import "dchat/app/chat"

// keptRows returns conversations as one can keep them: pinned, muted, marked as unread, archived.
func (c examples) keptRows() []chat.Entry {
	list := make([]chat.Entry, 5)
	for i := range list {
		list[i] = c.with(chat.InContact)
		list[i].ConversationID, list[i].Seq, list[i].Last = int64(300+i), 3, &c.messages()[0]
	}
	list[0].Pinned = true
	list[1].MutedUntil = c.now.Add(day)
	list[2].Pinned, list[2].MutedUntil, list[2].LastReadSeq = true, c.now.Add(day), 3
	list[3].MarkedUnread, list[3].LastReadSeq = true, 3
	list[4].MarkedUnread, list[4].LastReadSeq, list[4].Archived, list[4].MutedUntil = true, 3, true, c.now.Add(day)
	return list
}
