package views

import (
	"cmp"
	"math"
	"slices"

	"dchat/app/chat"
)

// receipt is a mark in a log after the last message that the other user has received, or read.
type receipt struct {
	Name, Fraction string
	Seq            int64
}

// receiptsOf returns the receipts of a conversation that stand after the messages from one Seq up to before another one,
// in their order.
func receiptsOf(e chat.Entry, from, before int64) []receipt {
	known := e.Receipts()
	list := []receipt{{"delivered", ".1", known.Delivered}, {"read", ".2", known.Read}}
	list = slices.DeleteFunc(list, func(r receipt) bool { return r.Seq == 0 || r.Seq < from || r.Seq >= before })
	slices.SortStableFunc(list, func(a, b receipt) int { return cmp.Compare(a.Seq, b.Seq) })
	return list
}

// last is after every Seq.
const last = math.MaxInt64

// seqBefore returns the Seq of the row above one message, 0 for the first.
func (h History) seqBefore(i int) int64 {
	switch {
	case i > 0:
		return h.Messages[i-1].Seq
	case h.newAbove():
		return h.NewAfter + 1
	}
	return 0
}

// status returns in a word how far the viewer's message has come.
func (p MessagePage) status() string {
	known := p.Entry.Receipts()
	switch {
	case !p.mine() || p.Message.Notice != "" || p.Message.Seq > max(known.Delivered, known.Read):
		return ""
	case p.Message.Seq <= known.Read:
		return "Read"
	}
	return "Delivered"
}
