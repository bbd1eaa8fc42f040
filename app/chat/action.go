package chat

import (
	"context"
	"time"

	"dchat/app/account"
	"dchat/app/errs"

	"github.com/google/uuid"
)

var errPlanned = errs.New(errs.Refused, "This cannot be done yet.")

// Edit gives the sender's message another text. rev is the revision of the message from which the edit began: if the
// message has changed since, the edit is refused, unless the text is there already.
func (s *Store) Edit(ctx context.Context, sender, other *account.User, seq, rev int64, body string) (*Message, error) {
	return nil, errPlanned
}

// Delete deletes the sender's message for both.
func (s *Store) Delete(ctx context.Context, sender, other *account.User, seq int64) (*Message, error) {
	return nil, errPlanned
}

// Hide deletes a message for the viewer alone.
func (s *Store) Hide(ctx context.Context, viewer, other *account.User, seq int64) (*Message, error) {
	return nil, errPlanned
}

// Save puts a message on the viewer's list of saved messages, or takes it off.
func (s *Store) Save(ctx context.Context, viewer, other *account.User, seq int64, saved bool) (*Message, error) {
	return nil, errPlanned
}

// React sets the viewer's reaction to a message; "" takes it away.
func (s *Store) React(ctx context.Context, viewer, other *account.User, seq int64, emoji string) (*Message, error) {
	return nil, errPlanned
}

// Forward sends a message with its files to other contacts of the viewer. The same key again is the same messages.
func (s *Store) Forward(ctx context.Context, viewer, other *account.User, seq int64, to []*account.User, key uuid.UUID) error {
	return errPlanned
}

// SetTimer changes after which time later messages disappear: one of Timers.
func (s *Store) SetTimer(ctx context.Context, viewer, other *account.User, after time.Duration) (Entry, error) {
	return Entry{}, errPlanned
}

// Timers are the times after which messages can disappear; 0 is never.
var Timers = []time.Duration{0, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour}

// Message returns a message that the viewer may see, with everything that its row shows.
func (s *Store) Message(ctx context.Context, viewer, other *account.User, seq int64) (*Message, error) {
	return nil, errPlanned
}

// Version is a text that a message had.
type Version struct {
	Body      string
	WrittenAt time.Time
}

// Edits returns the texts that a message had before its edits, the oldest first.
func (s *Store) Edits(ctx context.Context, m *Message) ([]Version, error) {
	return nil, errPlanned
}

// Window is a piece from the middle of a conversation.
type Window struct {
	Page
	Later bool // there are later messages
}

// Around returns the messages around seq: up to half before it and half from it on.
func (s *Store) Around(ctx context.Context, viewer *account.User, conversation, seq int64, half int) (Window, error) {
	return Window{}, errPlanned
}

// Hit is a message in a list of messages of several conversations.
type Hit struct {
	Message Message
	Other   *account.User // with whom the conversation is
}

// Hits is a page of such a list.
type Hits struct {
	List []Hit
	Next string // the cursor of the next page, "" if there is none
}

// Saved returns the messages that a person has saved, the latest saved first, after a cursor ("" is the beginning).
func (s *Store) Saved(ctx context.Context, viewer *account.User, cursor string) (Hits, error) {
	return Hits{}, errPlanned
}
