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
	"dchat/app/text/words"
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
	Rev            int64 // the conversation's revision when the message last changed, for its viewer
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

	// For the viewer alone, see selectMessages and complete.
	ViewerID int64     `bun:",scanonly"` // 0 until a viewer is known
	MarkRev  int64     `bun:",scanonly"` // of the viewer's Mark
	Hidden   bool      `bun:",scanonly"` // the viewer has deleted it for themselves: nothing of it is here
	SavedAt  time.Time `bun:",scanonly,nullzero"`
	Saved    bool      `bun:"-"`
}

// Notice is the kind of a row that says what happened in the conversation. Its Body says it in words, for releases
// that do not know the kind.
type Notice string

// TimerNotice says that one of the two has changed after which time messages disappear.
const TimerNotice Notice = "timer"

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

// Outgoing is a message that a person sends.
type Outgoing struct {
	Key         uuid.UUID
	Body        string
	Attachments []string // ids of the sender's files that no message has taken along yet
	Reply       int64    // Seq of the message that it answers, 0 if none
	Read        int64    // up to where the sender had read when they wrote it: a message may wait long for its turn
}

// ReadAll is the position of a person who has read everything.
const ReadAll = math.MaxInt64

// Send is SendMessage by a person who has read all that came before.
func (s *Store) Send(ctx context.Context, sender, other *account.User, key uuid.UUID, body string, attachments ...string) (*Message, error) {
	return s.SendMessage(ctx, sender, other, Outgoing{Key: key, Body: body, Attachments: attachments, Read: ReadAll})
}

// SendMessage stores a message for good and returns it as it now is. The same key with the same content again is the
// same message; with other content it is an error. Only contacts can write to each other.
func (s *Store) SendMessage(ctx context.Context, sender, other *account.User, out Outgoing) (*Message, error) {
	if len(out.Attachments) > attachment.MaxAttachments {
		return nil, errs.Field("attachment", "A message has at most "+strconv.Itoa(attachment.MaxAttachments)+" files.")
	}
	body, err := checkBody(out.Body, len(out.Attachments))
	if err != nil {
		return nil, err
	}
	d, err := s.newDraft(ctx, sender, other)
	if err != nil {
		return nil, err
	}
	d.read, d.key, d.body, d.attachments, d.reply = out.Read, out.Key, body, out.Attachments, out.Reply
	d.indexed = words.Index(body)
	d.digest = digest(d.Conversation, body, origin{reply: out.Reply}, out.Attachments...)
	if err := s.committer.Commit(ctx, d); err != nil {
		return nil, err
	}
	return d.message, nil
}

// newDraft returns an empty draft. It reads nothing.
func (s *Store) newDraft(ctx context.Context, sender, other *account.User) (*draft, error) {
	id, err := s.conversationOf(ctx, sender.ID, other.ID)
	if err == nil && id == 0 {
		err = notContacts(other)
	}
	return &draft{Base: commit.Base{Conversation: id, Sender: sender.ID}, sender: sender, other: other}, err
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
	reply         int64 // the Seq of the message that it answers, 0 if none
	notice        Notice
	forwarded     attachment.Place // of what it is a copy, the zero Place if it is none
	indexed       string           // the words of body

	quotes  map[int64]*Quote // of what it answers, for each of the two
	message *Message         // the outcome, unless Err is set
}

func (d *draft) newMessage() *Message {
	return &Message{
		ConversationID: d.Conversation, SenderID: d.sender.ID, Key: d.key, Digest: d.digest, Body: d.body,
		ReplySeq: d.reply, Notice: d.notice, Forwarded: d.forwarded.Seq != 0,
	}
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
	s.written(b)
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

// origin is the message from which another one comes: that it answers, or of which it is a copy.
type origin struct {
	reply     int64            // a Seq
	forwarded attachment.Place // the zero Place if it is no copy
}

// digest is of what was sent, but for the space around it: a node of the release before has taken that away,
// and the same message may come to both.
func digest(conversation int64, body string, from origin, attachments ...string) []byte {
	all := append(binary.BigEndian.AppendUint64(nil, uint64(conversation)), strings.TrimSpace(body)...)
	for _, id := range attachments {
		all = append(append(all, 0), id...) // no body has a zero byte
	}
	if from.reply != 0 {
		all = binary.BigEndian.AppendUint64(append(all, "\x00\x00reply"...), uint64(from.reply)) // no id is empty
	}
	if from.forwarded.Seq != 0 {
		all = binary.BigEndian.AppendUint64(append(all, "\x00\x00forwarded"...), uint64(from.forwarded.ConversationID))
		all = binary.BigEndian.AppendUint64(all, uint64(from.forwarded.Seq))
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

// checkBody returns the typed text of a message with some files as it is stored. Its first line keeps its indentation.
func checkBody(typed string, files int) (string, error) {
	body, ok := text.Clean(typed)
	body = text.Trim(body)
	invisible := body != "" && !text.Visible(body)
	if invisible && files > 0 {
		body = "" // the files speak for themselves
	}
	switch {
	case !ok:
		return "", errs.Field("body", "This message has characters that cannot be shown.")
	case body == "" && files == 0:
		return "", errs.Field("body", "Write something first.")
	case invisible && files == 0:
		return "", errs.Field("body", "This message has nothing that can be seen.")
	case utf8.RuneCountInString(body) > MaxBody:
		return "", errs.Field("body", "A message has at most 10,000 characters.")
	}
	return body, nil
}
