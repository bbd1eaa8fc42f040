// Package address knows what an e-mail address is, and which of its spellings are the same.
package address

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"dchat/app/text"

	"golang.org/x/text/unicode/norm"
)

// The longest that SMTP takes, in bytes (RFC 5321, 4.5.3.1).
const (
	maxLocal   = 64
	maxAddress = 254
)

// The errors of Parse are sentences for people.
var (
	errShape  = errors.New("That does not look like an email address.")
	errHidden = errors.New("This address has a character that cannot be seen. Please type it anew.")
	errAlike  = errors.New("This address has a character that can be taken for one of the keyboard. Please type it anew.")
	errDomain = errors.New("There can be no such domain as the one after the @.")
)

// Address is an e-mail address in the form in which it is stored and mailed: the local part as it was
// typed, the domain in ASCII and lower case.
type Address struct{ local, domain string }

// Parse reads an address. What surrounds it and can be seen to be no part of it is left out.
func Parse(typed string) (Address, error) {
	typed = trim(typed)
	at := strings.LastIndexByte(typed, '@')
	if !utf8.ValidString(typed) || len(typed) > 4*maxAddress || at < 0 || at == len(typed)-1 {
		return Address{}, errShape
	}
	local, host := typed[:at], typed[at+1:]
	if err := checkRunes(typed); err != nil {
		return Address{}, err
	}
	if strings.ContainsFunc(local, likeASCII) { // before composing, which makes a K of the sign for kelvin
		return Address{}, errAlike
	}
	if local = norm.NFC.String(local); !isLocal(local) {
		return Address{}, errShape
	}
	host, err := domain(host)
	if err != nil {
		return Address{}, err
	}
	if len(local) > maxLocal || len(local)+1+len(host) > maxAddress {
		return Address{}, errShape
	}
	return Address{local, host}, nil
}

// String is the address as it is mailed.
func (a Address) String() string { return a.local + "@" + a.domain }

// Key is equal for the spellings of one address. Only A to Z have two cases: folding anything else could
// make two people's addresses equal.
func (a Address) Key() string { return lower(a.local) + "@" + a.domain }

// Key is the key of an address as it was typed. Text that is not an address has a key too, one that no address has.
func Key(typed string) string {
	if a, err := Parse(typed); err == nil {
		return a.Key()
	}
	return Bare(typed)
}

// Bare returns the input in lower case: the key of an input that is not an address.
func Bare(typed string) string { return lower(trim(typed)) }

// trim leaves out the space around an address that was pasted.
func trim(typed string) string {
	return strings.TrimFunc(typed, func(r rune) bool { return unicode.Is(unicode.Zs, r) || r == '\t' || r == '\n' || r == '\r' })
}

// lower changes A to Z only.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

func checkRunes(s string) error {
	for _, r := range s {
		switch {
		case r == ' ' || r < 0x80 && unicode.IsControl(r):
			return errShape
		case text.Invisible(r) || unicode.IsControl(r):
			return errHidden
		}
	}
	return nil
}

// isLocal reports whether s is a dot-atom (RFC 5322, 3.2.3; RFC 6532 for what is not ASCII).
func isLocal(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		first, _ := utf8.DecodeRuneInString(atom)
		if atom == "" || unicode.Is(unicode.M, first) || strings.ContainsFunc(atom, notAtom) {
			return false
		}
	}
	return true
}

func notAtom(r rune) bool {
	if r >= 0x80 {
		return !unicode.IsGraphic(r) || r == utf8.RuneError
	}
	isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !isLetter && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}
