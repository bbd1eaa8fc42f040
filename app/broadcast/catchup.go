package broadcast

import (
	"context"

	"dchat/app/chat"
	"dchat/app/live"
	"dchat/views"
)

// CatchUp renders what a page lacks, in as many fragments as it takes.
func (b *Broadcaster) CatchUp(ctx context.Context, user int64, cursor live.Cursor) ([]live.Fragment, error) {
	if cursor.Conversation == 0 && cursor.Epoch == b.epoch {
		// Most pages that come back miss nothing, and one look shows it.
		versions, err := b.accounts.Versions(ctx, []int64{user})
		if err != nil || versions[user] == cursor.Version {
			return []live.Fragment{{User: user, To: cursor.Version}}, err
		}
	}
	viewer, err := b.accounts.UserByID(ctx, user)
	if err != nil {
		return nil, err
	}
	seen := chat.Position{Version: cursor.Version, Conversation: cursor.Conversation, Rev: cursor.Rev}
	missed, err := b.chat.Delta(ctx, viewer, seen, cursor.Epoch != b.epoch)
	if err != nil {
		return nil, err
	}
	if missed.Self != nil {
		viewer = missed.Self // not as memory has them
	}
	c := catchUp{renderer: b.renderer(viewer), missed: missed, at: cursor.Version, rev: cursor.Rev}
	c.fragments()
	return c.list, c.err
}

const (
	fragmentSize = 32 << 10 // about as much is in one fragment of a catch-up
	logSize      = 64 << 10 // and in a log that is shown anew: what is older can be paged back in
	few          = 4        // entries that are rendered one by one, with all that a page may show of them
	atOnce       = 40       // entries in one fragment
	onTop        = 20       // entries that a long catch-up begins with: those one sees without scrolling
)

// catchUp writes what was missed fragment by fragment. Each says how far the page is with it: at a version,
// and in the open conversation at a revision.
type catchUp struct {
	renderer
	missed  *chat.Delta
	at, rev int64
	list    []live.Fragment
}

func (c *catchUp) fragments() {
	m := c.missed
	if m.All {
		c.at = 0
		c.put(views.ResetLists(c.viewer, m.Entries, m.Requests, c.now))
	}
	if m.Self != nil {
		c.put(views.SelfParts(c.viewer))
	}
	c.messages()
	c.entries()
	c.at = m.Version
	c.flush()
}

// flush ends a fragment.
func (c *catchUp) flush() {
	fragment := live.Fragment{User: c.viewer.ID, To: c.at, Body: c.take()}
	if c.missed.Open != nil {
		fragment.Marks = []live.Mark{{Conversation: c.missed.Open.ConversationID, Rev: c.rev}}
	}
	c.list = append(c.list, fragment)
}
