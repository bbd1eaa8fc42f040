package views

import (
	"cmp"

	"dchat/app/account"

	"github.com/a-h/templ"
)

// FieldErrors are sentences by the name of the field they belong to; "" is the form as a whole.
type FieldErrors map[string]string

// LoginForm is what was typed to sign in.
type LoginForm struct {
	Login  string
	Errors FieldErrors
	Next   string // where to go afterwards, "" for the start page
	Done   string // what somebody has just done, a key of doneSentences, or nothing
}

var doneSentences = map[string]string{
	"reset":     "Your new password is set. Sign in with it.",
	"email":     "Your address is confirmed. Now you can sign in.",
	"deleted":   "Your account is deleted. Goodbye, and thank you for having been here.",
	"signedout": "You are signed out.",
	"ended":     "You were signed out: this was done elsewhere, or the session ran out.",
}

// SignupForm is what was typed to sign up.
type SignupForm struct {
	Email, Username string
	Errors          FieldErrors
}

// ForgotForm is what was typed to get a link for a new password.
type ForgotForm struct {
	Email  string
	Sent   bool // an email is on its way, if there is anybody to get it
	Errors FieldErrors
}

// ResetForm is where somebody chooses a new password.
type ResetForm struct {
	Username string
	Errors   FieldErrors
}

// Posted says how far a page that waits for a letter has come.
type Posted int

// The states of a letter.
const (
	NotPosted Posted = iota
	PostedFirst
	PostedAgain
)

// WaitingPage is where somebody waits for the letter that lets them in.
type WaitingPage struct {
	User   *account.User // nil for somebody who is signed out
	Posted Posted
	Email  string      // as it was typed
	Errors FieldErrors // of the fields "email" and "current_password", and ""
}

// ConfirmPage asks whether an address is somebody's.
type ConfirmPage struct {
	Address, Username string
	New               bool // it takes the place of another
	Anew              bool // the account was made in another browser, perhaps by somebody else
	Errors            FieldErrors
}

// Way is where somebody can go on.
type Way struct {
	Label string
	Path  templ.SafeURL
}

// field is one labelled input.
type field struct {
	Label, Name, Type, Value, Autocomplete, Hint, Error string
	Focus                                               bool

	ID string // of the input, where the page has two of the same name; "" for the name
}

func (f field) id() string { return cmp.Or(f.ID, f.Name) }

// inputType is text for an address: a browser takes a domain that is not in ASCII for another one ("straße" for
// "strasse"), and refuses what stands before the @ in other scripts. The server has one form for all of them.
func (f field) inputType() string {
	if f.Type == "email" {
		return "text"
	}
	return f.Type
}

// described names the elements that explain the field to a screen reader.
func (f field) described() string {
	switch {
	case f.Error != "":
		return f.id() + "-error"
	case f.Hint != "":
		return f.id() + "-hint"
	default:
		return ""
	}
}

// focus puts the cursor into the first wrong field, or into the first one.
func focus(fields ...field) []field {
	first := 0
	for i, f := range fields {
		if f.Error != "" {
			first = i
			break
		}
	}
	fields[first].Focus = true
	return fields
}

func (f LoginForm) fields() []field {
	return focus(
		field{Label: "Email or username", Name: "login", Type: "text", Value: f.Login, Autocomplete: "username", Error: f.Errors["login"]},
		field{Label: "Password", Name: "password", Type: "password", Autocomplete: "current-password", Error: f.Errors["password"]},
	)
}

func (f SignupForm) fields() []field {
	return focus(
		field{Label: "Email", Name: "email", Type: "email", Value: f.Email, Autocomplete: "email", Error: f.Errors["email"]},
		field{Label: "Username", Name: "username", Type: "text", Value: f.Username, Autocomplete: "username", Hint: "4 to 50 letters, digits, dots, dashes or underscores. It stays yours for good.", Error: f.Errors["username"]},
		field{Label: "Password", Name: "password", Type: "password", Autocomplete: "new-password", Hint: "8 characters or more.", Error: f.Errors["password"]},
	)
}

func (f ForgotForm) field() field {
	return field{Label: "Email", Name: "email", Type: "email", Value: f.Email, Autocomplete: "email", Error: f.Errors["email"], Focus: !f.Sent}
}

func (f ResetForm) field() field {
	return field{Label: "Password", Name: "password", Type: "password", Autocomplete: "new-password", Hint: "8 characters or more.", Error: f.Errors["password"], Focus: true}
}

func (p ConfirmPage) password() field {
	return field{
		Label: "Password", Name: "password", Type: "password", Autocomplete: "new-password", Error: p.Errors["password"],
		Hint: "You have signed up in another browser, so please choose the password once more. Other browsers are signed out.",
	}
}

// address is where the letter went.
func (p WaitingPage) address() string { return cmp.Or(p.User.NewEmail, p.User.Email) }

// again is the address of somebody who is signed out.
func (p WaitingPage) again() field {
	return field{Label: "Email", Name: "email", Type: "email", Value: p.Email, Autocomplete: "email", Error: p.Errors["email"], Focus: p.Errors["email"] != ""}
}

// correction is another address for somebody who is signed in.
func (p WaitingPage) correction() []field {
	return []field{
		{Label: "Email", Name: "email", Type: "email", Value: p.Email, Autocomplete: "email", Error: p.Errors["email"]},
		{Label: "Password", Name: "current_password", Type: "password", Autocomplete: "current-password", Error: p.Errors["current_password"]},
	}
}

// wrongCorrection reports whether what was typed there has to be looked at.
func (p WaitingPage) wrongCorrection() bool {
	return p.Errors["email"] != "" || p.Errors["current_password"] != ""
}
