package views

import (
	"strconv"
	"strings"
	"time"

	"dchat/app/account"
)

// SettingsPage is what somebody can change about their account.
type SettingsPage struct {
	Me       Viewer
	Session  int64 // the one that asks
	Sessions []account.Session
	Export   *account.Export // nil if there is none
	Version  int64           // of the viewer, to which the page is true
	Now      time.Time
	Sent     Sent
}

// Sent is a form of the settings page that was sent, as the page shows it then.
type Sent struct {
	Form   string      // "email", "password", "delete", or "verify" for another email; "" if none was sent
	Email  string      // as it was typed
	Errors FieldErrors // nil if it worked
}

// form is one form of the page, whether it was sent or not.
func (p SettingsPage) form(name string) Sent {
	if p.Sent.Form == name {
		return p.Sent
	}
	return Sent{Form: name}
}

// outcomes are what forms say when they have done their work.
var outcomes = map[string]string{
	"email":    "We have sent an email to your new address. The link in it makes the change.",
	"password": "Your password is changed. All other browsers are signed out.",
	"verify":   "Another email is on its way.",
}

// outcome is what came of a form, "" if nothing did.
func (s Sent) outcome() string {
	if s.Errors != nil {
		return ""
	}
	return outcomes[s.Form]
}

// outcome is what one form of the page says; that of the address speaks for the letter, too.
func (p SettingsPage) outcome(form string) string {
	if p.Sent.Form == form || p.Sent.Form == "verify" && form == "email" {
		return p.Sent.outcome()
	}
	return ""
}

func (s Sent) fields() []field {
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

// maxSessions is how many sessions the page shows one by one.
const maxSessions = 30

// listed are the sessions that the page shows, the one that asks first.
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

// deviceIcon tells what one holds in the hand from what stands on a desk.
func deviceIcon(userAgent string) string {
	for _, word := range []string{"Mobile", "Android", "iPhone", "iPad"} {
		if strings.Contains(userAgent, word) {
			return "smartphone"
		}
	}
	return "monitor"
}

// momentText is a moment as people say it. It stands on pages that stay open, so it says no "today".
func momentText(t, now time.Time, loc *time.Location) string {
	t = t.In(loc)
	if t.Year() == now.In(loc).Year() {
		return t.Format("2 Jan") + " at " + clock(t)
	}
	return t.Format("2 Jan 2006") + " at " + clock(t)
}

// ready reports whether there is a copy of one's data to be fetched.
func (p SettingsPage) ready() bool {
	return p.Export != nil && !p.Export.ReadyAt.IsZero() && p.Now.Before(p.Export.CreatedAt.Add(account.ExportLife))
}

// preparing reports whether a copy is being made.
func (p SettingsPage) preparing() bool {
	return p.Export != nil && p.Export.ReadyAt.IsZero() && p.Now.Before(p.Export.CreatedAt.Add(account.ExportPatience))
}

func exportName(u *account.User) string { return "dchat-" + u.Username + ".zip" }

// sizeText is a size as people say it.
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
