package chat

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/chat/commit"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/app/text"
	"dchat/db"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// MaxBody is the longest message, in characters.
const MaxBody = 10_000

// Message is what one person wrote to another. (ConversationID, Seq) names it for good.
type Message struct {
	bun.BaseModel `bun:"table:messages,alias:m"`

	ConversationID int64 `bun:",pk"`
	Seq            int64 `bun:",pk"` // 1, 2, 3 … in the order of the conversation
	Rev            int64 // the conversation's revision when the message last changed
	SenderID       int64
	Key            uuid.UUID // minted where the message was written; unique per sender for good
	Digest         []byte    // SHA-256 of what was first sent under Key
	Body           string
	CreatedAt      time.Time // never earlier than the message before, unless a clock was wrong
	PrevAt         time.Time `bun:",nullzero"` // CreatedAt of the message before: a row knows by itself whether it begins a day
	EditedAt       time.Time `bun:",nullzero"`
	DeletedAt      time.Time `bun:",nullzero"` // for everyone: what remains is a tombstone
	ExpiresAt      time.Time `bun:",nullzero"` // from then on it counts as deleted
	ReplySeq       int64     // the message that this one answers, 0 if none
	Forwarded      bool
	Notice         Notice // not "": the row is no message but says what happened
	Files          int    // how many Attachments it has
	Images         int    // how many of them can be shown as pictures
	Reacted        int    // how many Reactions it has

	Attachments []attachment.Attachment `bun:"-"` // in order
	Reactions   []Reaction              `bun:"-"` // the earliest first
	Quote       *Quote                  `bun:"-"` // of the message that this one answers

	// For the viewer alone.
	Hidden bool `bun:"-"` // they have deleted it for themselves
	Saved  bool `bun:"-"`
}

// Notice is the kind of a row that says what happened in the conversation. Its Body says it in words, for releases
// that do not know the kind.
type Notice string

// TimerNotice says that one of the two has changed after which time messages disappear.
const TimerNotice Notice = "timer"

// Quote is what a reply shows of the message that it answers, as that message now is for the viewer.
type Quote struct {
	Seq      int64
	SenderID int64
	Body     string // its beginning, at most MaxExcerpt + 1 code points
	Files    int
	Images   int
	Gone     bool // deleted, expired, or hidden for the viewer: nothing of it is shown
}

// Reaction is one person's answer to a message by an emoji.
type Reaction struct {
	bun.BaseModel `bun:"table:reactions,alias:r"`

	ConversationID int64 `bun:",pk"`
	Seq            int64 `bun:",pk"`
	UserID         int64 `bun:",pk"`
	Emoji          string
	ReactedAt      time.Time
}

// ID is the message's name in pages and URLs: opaque to clients, unique on the server.
func (m *Message) ID() int64 { return m.ConversationID<<32 | m.Seq }

// SeqOf returns the position of the message with an ID, which has to be of the conversation of two people.
func (s *Store) SeqOf(ctx context.Context, viewer, other *account.User, id int64) (int64, error) {
	conversation, err := s.conversationOf(ctx, viewer.ID, other.ID)
	if err != nil {
		return 0, err
	}
	if seq := id & (1<<32 - 1); conversation != 0 && seq != 0 && id>>32 == conversation {
		return seq, nil
	}
	return 0, errs.New(errs.NotFound, "There is no such message.")
}

// setFiles gives a message its attachments.
func (m *Message) setFiles(files []attachment.Attachment) {
	m.Attachments, m.Files, m.Images = files, len(files), 0
	for i := range files {
		if files[i].IsImage() {
			m.Images++
		}
	}
}

// BeginsDay reports whether no earlier message of the conversation is from the same day in loc.
func (m *Message) BeginsDay(loc *time.Location) bool {
	if m.PrevAt.IsZero() {
		return true
	}
	y, mo, d := m.CreatedAt.In(loc).Date()
	py, pmo, pd := m.PrevAt.In(loc).Date()
	return y != py || mo != pmo || d != pd
}

// Send stores a message for good and returns it as it now is. The same key with the same content
// again is the same message; with other content it is an error. Only contacts can write to each
// other. Attachments are ids of the sender's files that no message has taken along yet. The sender has
// read all that came before.
func (s *Store) Send(ctx context.Context, sender, other *account.User, key uuid.UUID, body string, attachments ...string) (*Message, error) {
	return s.SendHavingRead(ctx, sender, other, ReadAll, key, body, attachments...)
}

// ReadAll is the position of a person who has read everything.
const ReadAll = math.MaxInt64

// SendHavingRead is Send by a person who had read up to a Seq when they wrote it: a message may wait long for
// its turn, and what has come meanwhile stays unread.
func (s *Store) SendHavingRead(ctx context.Context, sender, other *account.User, read int64, key uuid.UUID, body string, attachments ...string) (*Message, error) {
	body, ok := cleanBody(body)
	hidden := body != "" && !text.Visible(body)
	if hidden && len(attachments) > 0 {
		body = "" // the files speak for themselves
	}
	switch {
	case !ok:
		return nil, errs.Field("body", "This message has characters that cannot be shown.")
	case len(attachments) > attachment.MaxAttachments:
		return nil, errs.Field("attachment", "A message has at most "+strconv.Itoa(attachment.MaxAttachments)+" files.")
	case body == "" && len(attachments) == 0:
		return nil, errs.Field("body", "Write something first.")
	case hidden && len(attachments) == 0:
		return nil, errs.Field("body", "This message has nothing that can be seen.")
	case utf8.RuneCountInString(body) > MaxBody:
		return nil, errs.Field("body", "A message has at most 10,000 characters.")
	}
	id, err := s.conversationOf(ctx, sender.ID, other.ID)
	if err != nil {
		return nil, err
	}
	if id == 0 {
		return nil, notContacts(other)
	}
	d := &draft{
		Base:   commit.Base{Conversation: id, Sender: sender.ID},
		sender: sender, other: other, read: read, key: key, body: body, attachments: attachments, digest: digest(id, body, attachments...),
	}
	if err := s.committer.Commit(ctx, d); err != nil {
		return nil, err
	}
	return d.message, nil
}

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

// MayWrite says before a message is there whether it will be taken.
func (s *Store) MayWrite(ctx context.Context, sender, other *account.User) error {
	e, err := entry(ctx, s.db.Read(), sender, other)
	if err == nil && e.Standing != InContact {
		err = notContacts(other)
	}
	return err
}

func notContacts(other *account.User) error {
	return errs.New(errs.Refused, "You and "+other.DisplayName+" are not contacts. A message needs an accepted chat request.")
}

// digest is of what was sent, but for the space around it: a node of the release before has taken that away,
// and the same message may come to both.
func digest(conversation int64, body string, attachments ...string) []byte {
	all := append(binary.BigEndian.AppendUint64(nil, uint64(conversation)), strings.TrimSpace(body)...)
	for _, id := range attachments {
		all = append(append(all, 0), id...) // no body has a zero byte
	}
	sum := sha256.Sum256(all)
	return sum[:]
}

// ParseKey reads a key; an empty one is minted.
func ParseKey(typed string) (uuid.UUID, error) {
	if typed = strings.TrimSpace(typed); typed == "" {
		return uuid.NewRandom()
	}
	key, err := uuid.Parse(typed)
	if err != nil || len(typed) != 36 {
		return uuid.UUID{}, errs.Field("key", "The key of this message cannot be read.")
	}
	return key, nil
}

// cleanBody returns a typed message as it is stored. Its first line keeps its indentation.
func cleanBody(s string) (string, bool) {
	s, ok := text.Clean(s)
	return text.Trim(s), ok
}
