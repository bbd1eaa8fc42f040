package chat

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"dchat/app/attachment"
	"dchat/app/errs"
)

// place is where a message stands in a list of messages of all conversations, ordered by a time.
type place struct {
	At                  time.Time `bun:"sent_at"`
	ConversationID, Seq int64
}

// compare orders places by time, conversation and message.
func (p place) compare(q place) int {
	return cmp.Or(p.At.Compare(q.At), cmp.Compare(p.ConversationID, q.ConversationID), cmp.Compare(p.Seq, q.Seq))
}

func (p place) key() attachment.Place {
	return attachment.Place{ConversationID: p.ConversationID, Seq: p.Seq}
}

// cursor names the place for a client, "" for none.
func (p place) cursor() string {
	if p.At.IsZero() {
		return ""
	}
	return strings.Join([]string{
		strconv.FormatInt(p.At.UnixMicro(), 36), strconv.FormatInt(p.ConversationID, 36), strconv.FormatInt(p.Seq, 36),
	}, ".")
}

// maxMicro is the last moment that both databases know, in microseconds.
var maxMicro = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()

func parsePlace(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	var err error
	parts := strings.Split(cursor, ".")
	var n [3]int64
	for i := range n {
		if err == nil && len(parts) == len(n) {
			n[i], err = strconv.ParseInt(parts[i], 36, 64)
		}
	}
	p := place{time.UnixMicro(n[0]).UTC(), n[1], n[2]}
	if err != nil || min(n[0], n[1], n[2]) < 0 || n[0] > maxMicro || p.cursor() != cursor {
		return place{}, &errs.Error{Code: errs.NotFound, Sentence: "There is no such place in the list.", Cause: err}
	}
	return p, nil
}
