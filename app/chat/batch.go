package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"dchat/app/account"
	"dchat/app/chat/commit"
	"dchat/app/store"
	"dchat/db"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// errAllAside says that others have locked the rows of all messages: there is nothing to commit.
var errAllAside = errors.New("the rows of all messages are locked")

// draft is a message on its way into the database.
type draft struct {
	commit.Base

	sender, other *account.User
	key           uuid.UUID
	body          string
	attachments   []string // ids
	digest        []byte
	read          int64 // up to where the sender had read

	message *Message // the outcome, unless Err is set
}

// batchWithin bounds a batch, and batchLimits what it may wait for: the connection may have gone silent.
const batchWithin = 10 * time.Second

var batchLimits = db.Limits{Lock: commit.LockWait, Statement: 5 * time.Second, Idle: 3 * time.Second}

// writeBatch stores drafts and publishes the changes.
func (s *Store) writeBatch(drafts []*draft, mode commit.Mode) (aside []*draft, err error) {
	b := &batchWrite{drafts: drafts, mode: mode}
	ctx, cancel := context.WithTimeout(db.WithLimits(context.Background(), batchLimits), batchWithin)
	defer cancel()
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		b.tx, b.at = tx, store.Now()
		return b.run(ctx)
	})
	if errors.Is(err, errAllAside) {
		return b.aside, nil
	}
	if err != nil {
		return nil, err
	}
	if stored := len(b.accepted); stored > 0 && s.committed != nil {
		s.committed(stored)
	}
	if changes := b.changes(); len(changes) > 0 {
		s.changed(changes)
	}
	return b.aside, nil
}

// batchWrite stores drafts in one transaction, with a fixed number of statements however many
// they are. It takes its locks as everything in chat does: pair rows, then people, each ascending.
type batchWrite struct {
	tx     bun.Tx
	drafts []*draft
	at     time.Time
	mode   commit.Mode

	aside []*draft // those whose rows are locked

	pairs    map[int64]*Conversation
	sides    map[sideKey]*Membership
	versions map[int64]int64 // of the people in accepted
	before   map[int64]int64 // versions as they were
	accepted []*draft
}

type sideKey struct{ conversation, user int64 }

type senderKey struct {
	sender int64
	key    uuid.UUID
}

func (b *batchWrite) run(ctx context.Context) error {
	if err := b.lockPairs(ctx); err != nil {
		return err
	}
	if err := b.resolveKeys(ctx); err != nil {
		return err
	}
	b.refuseNonContacts()
	if err := b.claimFiles(ctx); err != nil {
		return err
	}
	if !b.mode.Look && len(b.accepted) < len(b.drafts) {
		return commit.ErrLookFirst
	}
	if len(b.accepted) > 0 {
		if err := b.lockPeople(ctx); err != nil {
			return err
		}
	}
	switch {
	case len(b.drafts) == 0:
		return errAllAside
	case len(b.accepted) == 0:
		return nil
	}
	b.number()
	return b.save(ctx)
}

func (b *batchWrite) side(conversation, user int64) *Membership {
	return b.sides[sideKey{conversation, user}]
}

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
		it.Messages = append(it.Messages, *d.message)
		it.Entry = newEntry(b.pairs[d.Conversation], mine, theirs, theirs.User, d.message)
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
