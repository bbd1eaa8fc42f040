package jobs

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/views"
)

// What data.json holds: one object with "exported_at", "profile", "notifications", "sessions" and "conversations", and in
// each of these its messages, one a line. Programs read it: names stay as they are.

type exportedProfile struct {
	Username    string    `json:"username"`
	DisplayName string    `json:"display_name"`
	Email       string    `json:"email"`
	NewEmail    string    `json:"new_email,omitzero"`
	TimeZone    string    `json:"time_zone,omitzero"`
	Picture     string    `json:"picture,omitzero"` // a path within the copy
	CreatedAt   time.Time `json:"created_at"`
	VerifiedAt  time.Time `json:"email_confirmed_at,omitzero"`
	ShowRead    bool      `json:"show_read"`
	ShowTyping  bool      `json:"show_typing"`
	ShowOnline  bool      `json:"show_online"`
	LastSeenAt  time.Time `json:"last_seen_at,omitzero"`
}

type exportedSession struct {
	UserAgent string    `json:"user_agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Push      string    `json:"notified_through,omitzero"` // the host of the browser's push service
}

type exportedNotifications struct {
	Sound       bool   `json:"sound"`
	Text        bool   `json:"message_text"`
	QuietFrom   string `json:"quiet_from,omitzero"` // like 22:00
	QuietUntil  string `json:"quiet_until,omitzero"`
	QuietZone   string `json:"quiet_time_zone,omitzero"`
	DigestHours int    `json:"email_after_hours,omitzero"`
}

type exportedPerson struct {
	Username    string `json:"username"`
	DisplayName string `json:"display_name"`
}

// exportedSide is how the person keeps a conversation.
type exportedSide struct {
	MutedUntil   time.Time `json:"muted_until,omitzero"`
	Pinned       bool      `json:"pinned,omitzero"`
	Archived     bool      `json:"archived,omitzero"`
	MarkedUnread bool      `json:"marked_unread,omitzero"`
}

type exportedMessage struct {
	Number    int64     `json:"number"` // 1, 2, 3 … in the conversation
	From      string    `json:"from"`   // a username
	Body      string    `json:"body"`
	CreatedAt time.Time `json:"created_at"`
	EditedAt  time.Time `json:"edited_at,omitzero"`
	DeletedAt time.Time `json:"deleted_at,omitzero"`
	ExpiresAt time.Time `json:"disappears_at,omitzero"`

	Answers   int64              `json:"answers,omitzero"` // the number of another message
	Forwarded bool               `json:"forwarded,omitzero"`
	Notice    chat.Notice        `json:"notice,omitzero"` // what happened, if the body only says so
	SavedAt   time.Time          `json:"saved_at,omitzero"`
	Before    []exportedText     `json:"before,omitempty"` // its texts before it was edited, the oldest first
	Reactions []exportedReaction `json:"reactions,omitempty"`
	Files     []exportedFile     `json:"files,omitempty"`
}

type exportedText struct {
	Body      string    `json:"body"`
	WrittenAt time.Time `json:"written_at"`
}

type exportedReaction struct {
	From      string    `json:"from"` // a username
	Emoji     string    `json:"emoji"`
	ReactedAt time.Time `json:"reacted_at"`
}

type exportedFile struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"` // in bytes
	Path string `json:"path"` // within the copy; missing there if it is no longer the person's to see
}

func exportJSON(ctx context.Context, to io.Writer, data *chat.ExportData) error {
	w := jsonWriter{Writer: bufio.NewWriter(to)}
	w.text(`{"exported_at":`).value(data.At)
	w.text(`,"profile":`).value(profileOf(data))
	w.text(`,"notifications":`).value(notificationsOf(data.User))
	w.text(`,"sessions":`).value(sessionsOf(data))
	w.text(`,"conversations":[`)
	for i, e := range data.Relations {
		if i > 0 {
			w.text(",\n")
		}
		w.text(`{"with":`).value(exportedPerson{e.Other.Username, e.Other.DisplayName})
		w.text(`,"standing":`).value(e.Standing)
		if side := (exportedSide{e.MutedUntil, e.Pinned, e.Archived, e.MarkedUnread}); side != (exportedSide{}) {
			w.text(`,"kept":`).value(side)
		}
		w.text(`,"messages":[`)
		if err := w.messages(ctx, data, e); err != nil {
			return err
		}
		w.text(`]}`)
	}
	w.text("]}\n")
	if w.err != nil {
		return w.err
	}
	return w.Flush()
}

func profileOf(data *chat.ExportData) exportedProfile {
	u := data.User
	p := exportedProfile{
		Username: u.Username, DisplayName: u.DisplayName, Email: u.Email, NewEmail: u.NewEmail, TimeZone: u.Zone,
		ShowRead: u.ShowRead, ShowTyping: u.ShowTyping, ShowOnline: u.ShowOnline, LastSeenAt: data.LastSeen,
		CreatedAt: u.CreatedAt, VerifiedAt: u.VerifiedAt,
	}
	if u.Picture != "" {
		p.Picture = views.ExportPicture
	}
	return p
}

func notificationsOf(u *account.User) exportedNotifications {
	form := u.Form()
	return exportedNotifications{u.Sound, u.PushText, form.QuietFrom, form.QuietUntil, u.QuietZone, u.DigestHours}
}

func sessionsOf(data *chat.ExportData) []exportedSession {
	list := make([]exportedSession, len(data.Sessions))
	for i, s := range data.Sessions {
		list[i] = exportedSession{s.UserAgent, s.CreatedAt, s.SeenAt, s.ExpiresAt, data.PushServices[s.ID]}
	}
	return list
}

// jsonWriter writes pieces of JSON until something fails.
type jsonWriter struct {
	*bufio.Writer
	err error
}

func (w *jsonWriter) text(s string) *jsonWriter {
	if w.err == nil {
		_, w.err = w.WriteString(s)
	}
	return w
}

func (w *jsonWriter) value(v any) {
	encoded, err := json.Marshal(v)
	if err == nil {
		w.text(string(encoded))
	} else if w.err == nil {
		w.err = err
	}
}

func (w *jsonWriter) messages(ctx context.Context, data *chat.ExportData, e chat.Entry) error {
	first := true
	return data.Messages(ctx, e, func(m chat.Exported) error {
		if !first {
			w.text(",")
		}
		first = false
		w.text("\n").value(messageOf(data.User, e, m))
		return w.err
	})
}

func messageOf(me *account.User, e chat.Entry, m chat.Exported) exportedMessage {
	name := func(id int64) string {
		if id == me.ID {
			return me.Username
		}
		return e.Other.Username
	}
	out := exportedMessage{
		Number: m.Seq, From: name(m.SenderID), Body: m.Body, CreatedAt: m.CreatedAt, EditedAt: m.EditedAt, DeletedAt: m.DeletedAt,
		ExpiresAt: m.ExpiresAt, Answers: m.ReplySeq, Forwarded: m.Forwarded, Notice: m.Notice, SavedAt: m.SavedAt, Files: filesOf(m.Message),
	}
	for _, v := range m.Edits {
		out.Before = append(out.Before, exportedText{v.Body, v.WrittenAt})
	}
	for _, r := range m.Reactions {
		out.Reactions = append(out.Reactions, exportedReaction{name(r.UserID), r.Emoji, r.ReactedAt})
	}
	return out
}

func filesOf(m *chat.Message) []exportedFile {
	var list []exportedFile
	for i := range m.Attachments {
		a := &m.Attachments[i]
		list = append(list, exportedFile{a.Name, a.Type, a.Size, views.ExportFile(a)})
	}
	return list
}
