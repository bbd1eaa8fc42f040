package chat

import (
	"errors"
	"strconv"
	"time"

	"dchat/db"
)

// Code says what kind of answer an error is.
type Code int

// The codes. Anything that is not an *Error is Internal.
const (
	Internal    Code = iota // our fault; the person learns nothing but that
	Invalid                 // a field is wrong
	NotFound                // it is not there, or not yours
	Refused                 // it is there, but not allowed
	TooFast                 // later
	TooLarge                // less of it would be fine
	Unavailable             // the database does not answer, or others are in the way
)

// Error has a safe sentence for the person and a cause for the log.
type Error struct {
	Code       Code
	Sentence   string
	Fields     map[string]string // Invalid: by form field
	RetryAfter time.Duration     // TooFast
	Cause      error
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

func notFound(sentence string) error { return &Error{Code: NotFound, Sentence: sentence} }

func refused(sentence string) error { return &Error{Code: Refused, Sentence: sentence} }

func invalid(field, sentence string) error {
	return &Error{Code: Invalid, Sentence: sentence, Fields: map[string]string{field: sentence}}
}

// InWords is a wait as people say it, rounded up: "90 seconds", "5 minutes", "24 hours", "7 days".
func InWords(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if d > 2*unit.length || d > 90*time.Second && unit.length == time.Minute {
			return strconv.Itoa(int((d+unit.length-1)/unit.length)) + " " + unit.name
		}
	}
	if d <= time.Second {
		return "a second"
	}
	return strconv.Itoa(int((d+time.Second-1)/time.Second)) + " seconds"
}
