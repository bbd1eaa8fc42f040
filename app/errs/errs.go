// Package errs is the error type of the domain: a code for programs, a sentence for people, and a cause for
// the log.
package errs

import (
	"errors"
	"time"

	"dchat/db"
)

// Code says what kind of answer an error is.
type Code int

// The codes. Anything that is not an *Error is Internal.
const (
	Internal    Code = iota // our fault; the person learns nothing but that
	Invalid                 // a field is wrong
	NotFound                // it does not exist, or belongs to another person
	Refused                 // it exists, but the action is not allowed
	TooFast                 // allowed later
	TooLarge                // a smaller one is allowed
	Unavailable             // the database does not answer, or locks are in the way
)

// Error has a safe sentence for the person and a cause for the log.
type Error struct {
	Code       Code
	Sentence   string
	Fields     map[string]string // Invalid: by form field
	RetryAfter time.Duration     // TooFast
	Cause      error
}

// New returns an error without a cause.
func New(code Code, sentence string) error { return &Error{Code: code, Sentence: sentence} }

// Field returns the error of one form field.
func Field(name, sentence string) error {
	return &Error{Code: Invalid, Sentence: sentence, Fields: map[string]string{name: sentence}}
}

// Error is for the log.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Sentence + ": " + e.Cause.Error()
	}
	return e.Sentence
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf returns the code of err.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case db.IsOutage(err), db.IsBusy(err):
		return Unavailable
	}
	return Internal
}
