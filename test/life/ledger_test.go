package life

import (
	"fmt"
	"sync"
)

// ledger is what was acknowledged. Only its sender edits or deletes a message for both, and only one person hides it for
// themselves, saves it, or reacts in their own name: whatever the order in which the two act, the outcome is one.
type ledger struct {
	mu       sync.Mutex
	messages map[int64]*entry // by Seq
	timers   int              // how often the timer was set
	kept     [2]map[string]bool
	texts    int
}

// entry is what was acknowledged of one message. The other person may have acted on it before its sender hears that it
// is stored.
type entry struct {
	sent               bool
	key, body          string
	sender, reply      int64
	forwarded, deleted bool
	edited             bool
	hidden, saved      [2]bool
	emoji              [2]string
}

func newLedger() *ledger {
	return &ledger{messages: map[int64]*entry{}, kept: [2]map[string]bool{{}, {}}}
}

func (l *ledger) entry(seq int64) *entry {
	if l.messages[seq] == nil {
		l.messages[seq] = &entry{}
	}
	return l.messages[seq]
}

// change notes an acknowledged action on a message.
func (l *ledger) change(seq int64, f func(e *entry)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l.entry(seq))
}

// add notes a message that was sent.
func (l *ledger) add(seq int64, e *entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.entry(seq)
	if known.sent {
		return fmt.Errorf("two messages are number %d: %q and %q", seq, known.body, e.body)
	}
	known.sent, known.key, known.body, known.sender, known.reply, known.forwarded = true, e.key, e.body, e.sender, e.reply, e.forwarded
	return nil
}

// begin notes what is there at first.
func (l *ledger) begin(t *truth) error {
	for i := range t.messages {
		m := &t.messages[i]
		if err := l.add(m.Seq, &entry{key: m.Key, body: m.Body, sender: m.SenderID}); err != nil {
			return err
		}
	}
	return nil
}

func (l *ledger) timer() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timers++
}

// keep notes how one of the two keeps the conversation. What is pinned is not archived, and a message ends the archiving.
func (l *ledger) keep(n int, what string, on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept[n][what] = on
	if what == "archive" && on {
		l.kept[n]["pin"] = false
	}
}

func (l *ledger) compareKept(t *truth, ids [2]int64) error {
	for i, id := range ids {
		mine, _ := t.two(id)
		now := map[string]bool{"pin": !mine.PinnedAt.IsZero(), "mute": !mine.MutedUntil.IsZero(), "privacy": mine.ShowRead, "archive": false}
		for what, on := range l.kept[i] {
			if now[what] != on && what != "archive" {
				return fmt.Errorf("%s of %d is %v, acknowledged: %v", what, id, now[what], on)
			}
		}
	}
	return nil
}

// text returns a text that no other message of the conversation has.
func (l *ledger) text(word string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts++
	return fmt.Sprintf("%s %d", word, l.texts)
}

// compare checks that the database has what was acknowledged, and no message that was not sent.
func (l *ledger) compare(t *truth, ids [2]int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.compareKept(t, ids); err != nil {
		return err
	}
	notices := 0
	for i := range t.messages {
		m := &t.messages[i]
		e := l.entry(m.Seq)
		if m.Notice != "" {
			notices++
			e.sent, e.key, e.body, e.sender = true, m.Key, m.Body, m.SenderID
		}
		if err := e.compare(t, m, ids); err != nil {
			return fmt.Errorf("message %d: %w", m.Seq, err)
		}
	}
	if len(t.messages) != len(l.messages) || t.seq != int64(len(t.messages)) || notices > l.timers {
		return fmt.Errorf("the database has %d messages up to %d with %d notices; acknowledged were %d and %d", len(t.messages), t.seq, notices, len(l.messages), l.timers)
	}
	return nil
}

func (e *entry) compare(t *truth, m *message, ids [2]int64) error {
	gone, expired := !m.DeletedAt.IsZero(), !m.ExpiresAt.IsZero() && !m.ExpiresAt.After(t.at)
	switch {
	case !e.sent:
		return fmt.Errorf("%q was not acknowledged", m.Body)
	case m.SenderID != e.sender || e.key != "" && m.Key != e.key:
		return fmt.Errorf("sent by %d under %s, stored from %d under %s", e.sender, e.key, m.SenderID, m.Key)
	case gone != (e.deleted || expired):
		return fmt.Errorf("deleted: %v, acknowledged: %v", gone, e.deleted)
	case gone && m.Body != "":
		return fmt.Errorf("a tombstone has the body %q", m.Body)
	case !gone && m.Body != e.body:
		return fmt.Errorf("the body is %q, acknowledged was %q", m.Body, e.body)
	case !gone && (m.EditedAt.IsZero() == e.edited || m.Forwarded != e.forwarded || m.ReplySeq != e.reply):
		return fmt.Errorf("edited %v, forwarded %v, reply to %d: %+v", e.edited, e.forwarded, e.reply, m)
	}
	for i, id := range ids {
		mark := t.mark(m.Seq, id)
		if mark.Hidden != e.hidden[i] || !gone && !mark.Hidden && mark.SavedAt.IsZero() == e.saved[i] {
			return fmt.Errorf("hidden %v, saved %v for %d: %+v", e.hidden[i], e.saved[i], id, mark)
		}
		emoji := ""
		for _, r := range t.reactions {
			if r.Seq == m.Seq && r.UserID == id {
				emoji = r.Emoji
			}
		}
		if want := e.emoji[i]; gone && emoji != "" || !gone && emoji != want {
			return fmt.Errorf("the reaction of %d is %q, acknowledged was %q", id, emoji, want)
		}
	}
	return nil
}
