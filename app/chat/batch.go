package chat

import (
	"bytes"
	"context"
	"slices"
	"time"

	"dchat/app/account"
	"dchat/app/chat/commit"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/db"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// batchWrite stores drafts in one transaction, with a fixed number of statements however many
// they are. It takes its locks as everything in chat does: pair rows, then people, each ascending.
type batchWrite struct {
	tx     bun.Tx
	drafts []*draft
	at     time.Time
	mode   commit.Mode

	aside []*draft // those whose rows are locked
	reads []read   // what the senders have read before they wrote

	pairs    map[int64]*Conversation
	sides    map[sideKey]*Membership
	versions map[int64]int64 // of the people in accepted
	before   map[int64]int64 // versions as they were
	accepted []*draft
	returned map[sideKey]bool // sides that the messages have brought back from the archive

	// afterLock is what runTogether still has to check once the people are locked; it may be nil.
	afterLock func(context.Context) error
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
	if err := b.quoteSources(ctx); err != nil {
		return err
	}
	if err := b.claimFiles(ctx); err != nil {
		return err
	}
	if !b.mode.CheckKeys && len(b.accepted) < len(b.drafts) {
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

func (b *batchWrite) lockPairs(ctx context.Context) error {
	ids := uniqueIDs(b.drafts, func(d *draft) []int64 {
		if d.forwarded.Seq != 0 {
			return []int64{d.Conversation, d.forwarded.ConversationID}
		}
		return []int64{d.Conversation}
	})
	var pairs []*Conversation
	if err := b.forUpdate(b.tx.NewSelect().Model(&pairs).Where("id IN (?)", bun.List(ids)).Order("id")).Scan(ctx); err != nil {
		return err
	}
	b.pairs = make(map[int64]*Conversation, len(pairs))
	for _, p := range pairs {
		b.pairs[p.ID] = p
	}
	// Read after the lock is held: what a join with the locking statement shows may be older.
	var sides []*Membership
	if err := b.tx.NewSelect().Model(&sides).Relation("User", account.PublicColumns).Where("mb.conversation_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return err
	}
	b.sides = make(map[sideKey]*Membership, len(sides))
	for _, m := range sides {
		b.sides[sideKey{m.ConversationID, m.UserID}] = m
	}
	// A pair that is there, for it has sides, and was not found is locked.
	b.setAside(func(d *draft) bool {
		return b.mode.SkipLocked && b.pairs[d.Conversation] == nil && b.side(d.Conversation, d.sender.ID) != nil
	})
	return nil
}

func (b *batchWrite) forUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if b.mode.SkipLocked {
		return db.ForUpdateFree(q)
	}
	return db.ForUpdate(q)
}

// setAside takes the conversations of some drafts out of the batch: whole, so that nothing overtakes.
func (b *batchWrite) setAside(locked func(*draft) bool) {
	aside := map[int64]bool{}
	for _, d := range b.drafts {
		if locked(d) {
			aside[d.Conversation] = true
		}
	}
	if len(aside) == 0 {
		return
	}
	out := func(d *draft) bool { return aside[d.Conversation] }
	for _, d := range b.drafts {
		if out(d) {
			d.message, d.Err = nil, nil
			b.aside = append(b.aside, d)
		}
	}
	b.drafts = slices.DeleteFunc(b.drafts, out)
	b.accepted = slices.DeleteFunc(b.accepted, out)
}

func (b *batchWrite) lockPeople(ctx context.Context) (err error) {
	ids := uniqueIDs(b.accepted, func(d *draft) []int64 { return []int64{d.sender.ID, d.other.ID} })
	if b.versions, err = account.SelectVersions(ctx, b.forUpdate(b.tx.NewSelect()), ids); err != nil {
		return err
	}
	b.setAside(func(d *draft) bool {
		_, sender := b.versions[d.sender.ID]
		_, other := b.versions[d.other.ID]
		return b.mode.SkipLocked && (!sender || !other)
	})
	b.before = make(map[int64]int64, len(b.versions))
	for id, v := range b.versions {
		b.before[id] = v
	}
	return nil
}

// resolveKeys answers drafts whose key is already there, in the table or earlier in the batch, and
// accepts the others for now.
func (b *batchWrite) resolveKeys(ctx context.Context) error {
	known, err := b.knownKeys(ctx)
	if err != nil {
		return err
	}
	for _, d := range b.drafts {
		id := senderKey{d.sender.ID, d.key}
		m, repeated := known[id]
		d.message, d.Err = nil, nil
		switch {
		case !repeated:
			d.message = d.newMessage()
			known[id] = d.message
			b.accepted = append(b.accepted, d)
		case bytes.Equal(m.Digest, d.digest):
			d.message = m
		default:
			d.Err = errs.Field("key", "Another message was sent under this key.")
		}
	}
	return nil
}

func (b *batchWrite) knownKeys(ctx context.Context) (map[senderKey]*Message, error) {
	known := map[senderKey]*Message{}
	if !b.mode.CheckKeys {
		return known, nil
	}
	keys := make([][]any, len(b.drafts))
	for i, d := range b.drafts {
		keys[i] = []any{d.sender.ID, d.key}
	}
	var rows []Message
	err := selectMessages(b.tx, &rows, bun.Safe("m.sender_id")).Where("(m.sender_id, m.key) IN ?", bun.Tuple(keys)).Scan(ctx)
	if err == nil {
		err = complete(ctx, b.tx, 0, rows) // each for its sender
	}
	for i := range rows {
		known[senderKey{rows[i].SenderID, rows[i].Key}] = &rows[i]
	}
	return known, err
}

// refuseNonContacts refuses what is not between contacts, and the repetitions of it in this batch.
func (b *batchWrite) refuseNonContacts() {
	b.refuse(func(d *draft) error { return b.inContact(d.Conversation, d.sender, d.other) })
}

// inContact returns an error unless the two are contacts.
func (b *batchWrite) inContact(conversation int64, me, other *account.User) error {
	pair := b.pairs[conversation]
	mine, theirs := b.side(conversation, me.ID), b.side(conversation, other.ID)
	if pair != nil && mine != nil && theirs != nil && standing(pair, mine, theirs) == InContact &&
		mine.User.DeletedAt.IsZero() && theirs.User.DeletedAt.IsZero() { // the job may not have reached the pair yet
		return nil
	}
	return notContacts(other)
}

// refuse drops the accepted drafts to which why has an answer, and the repetitions of them.
func (b *batchWrite) refuse(why func(*draft) error) {
	refused := map[*Message]error{}
	b.accepted = slices.DeleteFunc(b.accepted, func(d *draft) bool {
		err := why(d)
		if err != nil {
			refused[d.message] = err
		}
		return err != nil
	})
	for _, d := range b.drafts {
		if err := refused[d.message]; d.message != nil && err != nil {
			d.message, d.Err = nil, err
		}
	}
}

// number gives every accepted message its place in its conversation, and both people a version. No two have the same time:
// it orders the sidebar of a person who gets several of them.
func (b *batchWrite) number() {
	b.returned = map[sideKey]bool{}
	for i, d := range b.accepted {
		m, pair, at := d.message, b.pairs[d.Conversation], b.at.Add(time.Duration(i)*time.Microsecond)
		pair.Seq++
		pair.Rev++
		m.Seq, m.Rev, m.PrevAt, m.CreatedAt = pair.Seq, pair.Rev, pair.LastAt, at
		if ahead := pair.LastAt.Sub(at); ahead > 0 && ahead <= store.ClockSkew { // another node's clock is ahead
			m.CreatedAt = pair.LastAt
		}
		pair.LastAt = m.CreatedAt
		for _, user := range []int64{d.sender.ID, d.other.ID} {
			b.versions[user]++
			side := b.side(d.Conversation, user)
			side.Version, side.ShownAt = b.versions[user], m.CreatedAt
			if side.comeBack(b.at) {
				b.returned[sideKey{d.Conversation, user}] = true
			}
		}
		for i := range m.Attachments {
			m.Attachments[i].ConversationID, m.Attachments[i].Seq = m.ConversationID, m.Seq
		}
		b.wrote(d)
		b.startTimer(d)
	}
}

// wrote moves the sender over their message. What they had read before without a report of its own, a page without a script
// has shown them.
func (b *batchWrite) wrote(d *draft) {
	side, seq := b.side(d.Conversation, d.sender.ID), d.message.Seq
	known := side.LastReadSeq + side.OwnAfter
	side.wrote(seq, d.read)
	if min(d.read, seq-1) > known {
		b.reads = append(b.reads, side.readUpTo(b.at)...)
	}
}
