package life

import (
	"fmt"
	"net/url"
	"time"

	"dchat/test/page"
)

// two are the sides of a viewer and of the other.
func (t *truth) two(viewer int64) (mine, theirs side) {
	for _, s := range t.sides {
		if s.UserID == viewer {
			mine = s
		} else {
			theirs = s
		}
	}
	return mine, theirs
}

// kept is how the viewer keeps the conversation.
func (t *truth) kept(viewer int64) page.Kept {
	mine, _ := t.two(viewer)
	return page.Kept{Pinned: !mine.PinnedAt.IsZero(), Muted: mine.MutedUntil.After(t.at), Archived: !mine.ArchivedAt.IsZero()}
}

func (t *truth) menu(viewer int64) page.Menu {
	timers := map[time.Duration]string{0: "off", 24 * time.Hour: "1d", 7 * 24 * time.Hour: "1w", 28 * 24 * time.Hour: "4w"}
	return page.Menu{Kept: t.kept(viewer), Timer: timers[time.Duration(t.timer)*time.Second]}
}

// receipts are up to where the other has received and read, as far as the viewer may know it.
func (t *truth) receipts(viewer int64) (delivered, read int64) {
	mine, theirs := t.two(viewer)
	switch {
	case !t.contact || !mine.BlockedAt.IsZero() || !theirs.BlockedAt.IsZero():
		return 0, 0
	case !mine.ShowRead || !theirs.ShowRead:
		return theirs.DeliveredSeq, 0
	}
	return max(theirs.DeliveredSeq, theirs.LastReadSeq), theirs.LastReadSeq
}

// chat is the viewer's row of the sidebar.
func (t *truth) chat(viewer int64, path string) page.Chat {
	c := page.Chat{With: path, Last: "Say hello", Kept: t.kept(viewer)}
	if n := t.unread(viewer); n > 0 {
		c.Unread = fmt.Sprint(n)
	} else if mine, _ := t.two(viewer); mine.MarkedUnread {
		c.Unread = page.Marked
	}
	if t.seq == 0 {
		return c
	}
	last := &t.messages[t.seq-1]
	switch {
	case t.mark(last.Seq, viewer).Hidden:
		c.Last = ""
	case t.gone(last):
		c.Last = "Message deleted"
	case last.Notice == "" && last.SenderID == viewer:
		c.Last = "You: " + last.Body
	default:
		c.Last = last.Body
	}
	return c
}

// unread counts what the viewer has not read, the plain way.
func (t *truth) unread(viewer int64) (n int) {
	mine, _ := t.two(viewer)
	for j := range t.messages {
		m := &t.messages[j]
		if m.Seq > mine.LastReadSeq && m.SenderID != viewer && !t.gone(m) && !t.mark(m.Seq, viewer).Hidden {
			n++
		}
	}
	return n
}

// delivered reports whether both have received all.
func (t *truth) delivered() bool {
	for _, s := range t.sides {
		if s.DeliveredSeq < t.seq {
			return false
		}
	}
	return true
}

// checkSide compares what a page shows beside the messages of an open conversation.
func (a *actor) checkSide(t *truth, s page.State) error {
	if s.From == 0 {
		return nil
	}
	if want := t.menu(a.id); want != s.Menu {
		return fmt.Errorf("the database has %+v, the menu shows %+v", want, s.Menu)
	}
	if delivered, read := t.receipts(a.id); delivered != s.Delivered || read != s.Read {
		return fmt.Errorf("delivered %d and read %d, the page shows %d and %d", delivered, read, s.Delivered, s.Read)
	}
	return nil
}

// keep changes how a person keeps the conversation, and what they let the other know.
func (a *actor) keep(p *page.Page, s step) error {
	on := s.Word%2 == 0
	path, form, what := a.path+"/"+string(s.Do), url.Values{}, string(s.Do)
	switch s.Do {
	case "mute":
		form.Set("for", map[bool]string{true: "always", false: "off"}[on])
	case "pin":
		form.Set("pinned", wish(on))
	case "archive":
		form.Set("archived", wish(on))
	case "unread":
		what = ""
	case "privacy":
		path = "/settings/preferences"
		form.Set("show_read", wish(on))
	}
	_, done, err := a.post(p, path, form)
	if err == nil && !done {
		err = fmt.Errorf("%s is refused", path)
	}
	if done && what != "" {
		a.ledger.keep(a.n, what, on)
	}
	return err
}

func wish(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
