// Package password decides which passwords are good enough, and hashes them.
package password

import (
	"encoding/json"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/nbutton23/zxcvbn-go/data"
	"github.com/pmezard/go-difflib/difflib"
)

// maxLength is the longest password, in characters.
const maxLength = 128

// common are the passwords that people use most. The list is read when it is first needed: the
// package that wraps it reads all of its lists at every start.
var common = sync.OnceValue(func() map[string]bool {
	var file struct{ List []string }
	if err := json.Unmarshal(data.MustAsset("data/Passwords.json"), &file); err != nil {
		panic(err) // it is compiled in
	}
	set := make(map[string]bool, len(file.List))
	for _, word := range file.List {
		set[strings.ToLower(word)] = true
	}
	return set
})

// Check applies Django's validators: length, similarity to what else is known of the
// person, commonness, and not digits alone. It returns the sentence for the person, or "".
func Check(password, username, email string) string {
	typeable := utf8.ValidString(password) && !strings.ContainsRune(password, 0)
	password, fits := normalize(password)
	switch n := utf8.RuneCountInString(password); {
	case !typeable, !fits && password != "":
		return "This password has characters that cannot be typed."
	case n < 8:
		return "A password has at least 8 characters."
	case n > maxLength:
		return "A password has at most 128 characters."
	case tooSimilar(password, username):
		return "This password is too similar to the username."
	case tooSimilar(password, email):
		return "This password is too similar to the email address."
	case common()[strings.ToLower(password)]:
		return "This password is among the most common ones."
	case strings.IndexFunc(password, func(r rune) bool { return !unicode.IsDigit(r) }) < 0:
		return "A password needs more than digits."
	}
	return ""
}

// tooSimilar is Django's measure: difflib's quick ratio of at least 0.7 to the value or to any of
// its parts.
func tooSimilar(password, value string) bool {
	password, value = strings.ToLower(password), strings.ToLower(value)
	parts := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
	for _, part := range append(parts, value) {
		// A part ten times shorter cannot reach the ratio.
		if part == "" || len(password) >= 10*len(part) {
			continue
		}
		if difflib.NewMatcher(strings.Split(password, ""), strings.Split(part, "")).QuickRatio() >= 0.7 {
			return true
		}
	}
	return false
}
