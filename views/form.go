package views

import (
	"cmp"

	"dchat/app/account"

	"github.com/a-h/templ"
)

// FieldErrors are sentences by the name of their field; "" is the whole form.
type FieldErrors map[string]string

// LoginForm is the content of the sign-in form.
type LoginForm struct {
	Login  string
	Errors FieldErrors
	Next   string // where to go afterwards, "" for the start page
	Done   string // the action before, a key of doneSentences, or ""
}

var doneSentences = map[string]string{
	"reset":     "Your new password is set. Sign in with it.",
	"email":     "Your address is confirmed. Now you can sign in.",
	"deleted":   "Your account is deleted. Goodbye, and thank you for having been here.",
	"signedout": "You are signed out.",
	"ended":     "You were signed out: this was done elsewhere, or the session ran out.",
}

// SignupForm is the content of the sign-up form.
type SignupForm struct {
	Email, Username string
	Errors          FieldErrors
}

// ForgotForm is the content of the form that requests a link for a new password.
type ForgotForm struct {
	Email  string
	Sent   bool // the form was accepted: if the address has an account, an email was sent
	Errors FieldErrors
}

// ResetForm is the content of the form for a new password.
type ResetForm struct {
	Username string
	Errors   FieldErrors
}

// SendState is the state of the email with the link to confirm an address.
type SendState int

// The states of the email.
const (
	NotSent SendState = iota
	SentFirst
	SentAgain
)

// WaitingPage is the page that is shown until an address is confirmed.
type WaitingPage struct {
	User   *account.User // nil if the browser is signed out
	State  SendState
	Email  string      // as it was typed
	Errors FieldErrors // of the fields "email" and "current_password", and ""
}

// ConfirmPage is the page behind a link that confirms an address.
type ConfirmPage struct {
	Address, Username string
	New               bool // it replaces a confirmed address
	NewPassword       bool // the account may belong to another person, so the page asks for a new password
	Errors            FieldErrors
}

// Way is a link to continue with.
type Way struct {
	Label string
	Path  templ.SafeURL
}

// field is one labelled input.
type field struct {
	Label, Name, Type, Value, Autocomplete, Hint, Error string
	Focus                                               bool

	ID string // of the input if the page has two of the same name; "" stands for Name
}

func (f field) id() string { return cmp.Or(f.ID, f.Name) }

// inputType returns "text" for an email address: browsers change a domain that is not in ASCII ("straße" to "strasse")
// and refuse other scripts before the @. The server normalizes all addresses.
func (f field) inputType() string {
	if f.Type == "email" {
		return "text"
	}
	return f.Type
}

// described returns the id of the element that describes the field to a screen reader.
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

// focus sets Focus on the first field with an error, else on the first field.
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

// address returns the address that the email was sent to.
func (p WaitingPage) address() string { return cmp.Or(p.User.NewEmail, p.User.Email) }

// again returns the field for the address if the browser is signed out.
func (p WaitingPage) again() field {
	return field{Label: "Email", Name: "email", Type: "email", Value: p.Email, Autocomplete: "email", Error: p.Errors["email"], Focus: p.Errors["email"] != ""}
}

// correction returns the fields with which a signed-in user corrects the address.
func (p WaitingPage) correction() []field {
	return []field{
		{Label: "Email", Name: "email", Type: "email", Value: p.Email, Autocomplete: "email", Error: p.Errors["email"]},
		{Label: "Password", Name: "current_password", Type: "password", Autocomplete: "current-password", Error: p.Errors["current_password"]},
	}
}

// wrongCorrection reports whether those fields have an error.
func (p WaitingPage) wrongCorrection() bool {
	return p.Errors["email"] != "" || p.Errors["current_password"] != ""
}
