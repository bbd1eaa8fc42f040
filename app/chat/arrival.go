package chat

// Arrival is a new message that a person has received.
type Arrival struct{ Conversation, Recipient int64 }

// arrivals are the new messages of a committed batch. What only says that something happened is none.
func (b *batchWrite) arrivals() (list []Arrival) {
	for _, d := range b.accepted {
		if d.notice == "" {
			list = append(list, Arrival{d.Conversation, d.other.ID})
		}
	}
	return list
}
