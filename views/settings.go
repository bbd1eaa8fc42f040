package views

import (
	"strconv"
	"strings"
	"time"

	"dchat/app/account"
)

// SettingsPage is the content of the settings page.
type SettingsPage struct {
	Me        Viewer
	Session   int64 // the id of the current session
	Sessions  []account.Session
	Export    *account.Export // nil if there is none
	Version   int64           // the viewer's version that the page contains at least
	Now       time.Time
	Submitted SubmittedForm
	PushKey   string // of the server, "" if browsers get no notifications
}

// SubmittedForm is a submitted form of the settings page.
type SubmittedForm struct {
	Notifications account.NotificationForm // of the form "notifications"

	Form   string      // "email", "password", "privacy", "notifications", "delete", or "verify" for another email; "" if none was submitted
	Email  string      // as it was typed
	Errors FieldErrors // nil on success
}

// form returns one form of the page, submitted or not.
func (p SettingsPage) form(name string) SubmittedForm {
	if p.Submitted.Form == name && p.Submitted.Errors != nil {
		return p.Submitted
	}
	return SubmittedForm{Form: name, Notifications: p.Me.Form()}
}

// outcomes are the messages of successful forms.
var outcomes = map[string]string{
	"email":         "We have sent an email to your new address. The link in it makes the change.",
	"notifications": "Saved.",
	"password":      "Your password is changed. All other browsers are signed out.",
	"privacy":       "Saved.",
	"verify":        "Another email is on its way.",
}

// outcome returns the message of a successful form, "" if there is none.
func (s SubmittedForm) outcome() string {
	if s.Errors != nil {
		return ""
	}
	return outcomes[s.Form]
}

// outcome returns the message that one form of the page shows. The form of the address also shows that an email was
// sent again.
func (p SettingsPage) outcome(form string) string {
	if p.Submitted.Form == form || p.Submitted.Form == "verify" && form == "email" {
		return p.Submitted.outcome()
	}
	return ""
}

func (s SubmittedForm) fields() []field {
	current := field{ID: s.Form + "-current", Label: "Current password", Name: "current_password", Type: "password", Autocomplete: "current-password", Error: s.Errors["current_password"]}
	fields := []field{current}
	switch s.Form {
	case "email":
		fields = []field{{ID: "new-email", Label: "New email", Name: "email", Type: "email", Value: s.Email, Autocomplete: "email", Error: s.Errors["email"]}, current}
	case "password":
		fields = append(fields, field{ID: "new-password", Label: "New password", Name: "password", Type: "password", Autocomplete: "new-password", Hint: "8 characters or more.", Error: s.Errors["password"]})
	}
	if len(s.Errors) == 0 {
		return fields
	}
	return focus(fields...)
}

// maxSessions is the most sessions that the page lists.
const maxSessions = 30

// listed returns the sessions that the page lists, the current one first.
func (p SettingsPage) listed() []account.Session {
	list := make([]account.Session, 0, len(p.Sessions))
	for _, s := range p.Sessions {
		if s.ID == p.Session {
			list = append(list, s)
		}
	}
	for _, s := range p.Sessions {
		if s.ID != p.Session && len(list) < maxSessions {
			list = append(list, s)
		}
	}
	return list
}

// deviceIcon returns the icon of a phone or tablet, or of a computer.
func deviceIcon(userAgent string) string {
	for _, word := range []string{"Mobile", "Android", "iPhone", "iPad"} {
		if strings.Contains(userAgent, word) {
			return "smartphone"
		}
	}
	return "monitor"
}

// momentText formats a date and time. It never says "today", because pages stay open.
func momentText(t, now time.Time, loc *time.Location) string {
	t = t.In(loc)
	if t.Year() == now.In(loc).Year() {
		return t.Format("2 Jan") + " at " + clock(t)
	}
	return t.Format("2 Jan 2006") + " at " + clock(t)
}

// ready reports whether a copy of the user's data can be downloaded.
func (p SettingsPage) ready() bool {
	return p.Export != nil && !p.Export.ReadyAt.IsZero() && p.Now.Before(p.Export.CreatedAt.Add(account.ExportLife))
}

// preparing reports whether a copy is being prepared.
func (p SettingsPage) preparing() bool {
	return p.Export != nil && p.Export.ReadyAt.IsZero() && p.Now.Before(p.Export.CreatedAt.Add(account.ExportPatience))
}

func exportName(u *account.User) string { return "dchat-" + u.Username + ".zip" }

// sizeText formats a size with a decimal unit.
func sizeText(bytes int64) string {
	size, unit := float64(bytes), "bytes"
	for _, next := range []string{"KB", "MB", "GB"} {
		if size < 1000 {
			break
		}
		size, unit = size/1000, next
	}
	if unit == "bytes" || size >= 10 {
		return strconv.FormatFloat(size, 'f', 0, 64) + " " + unit
	}
	return strconv.FormatFloat(size, 'f', 1, 64) + " " + unit
}
