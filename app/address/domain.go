package address

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// profile maps a domain as browsers do. Hyphens are looked at in ASCII: two in the middle are common.
var profile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.VerifyDNSLength(true), idna.CheckHyphens(false))

// Domain is a domain in ASCII and lower case (RFC 5890), if there can be such a domain.
func Domain(typed string) (string, error) {
	if err := checkRunes(typed); err != nil {
		return "", err
	}
	return domain(typed)
}

func domain(typed string) (string, error) {
	if strings.ContainsFunc(typed, mapsToASCII) {
		return "", errAlike
	}
	ascii, err := profile.ToASCII(typed)
	if !strings.Contains(ascii, ".") && ascii != "localhost" {
		return "", errShape
	}
	if err != nil || !possible(ascii) {
		return "", errDomain
	}
	shown, err := profile.ToUnicode(ascii)
	if err != nil {
		return "", errDomain
	}
	if again, err := profile.ToASCII(shown); err != nil || again != ascii { // two spellings in ASCII
		return "", errDomain
	}
	return ascii, nil
}

// possible reports whether a host in ASCII may receive e-mail: it has a name, not a number.
func possible(host string) bool {
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || strings.Trim(label, "-") != label || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	return strings.Trim(last, "0123456789") != ""
}

// mapsToASCII reports whether a domain with r is one without: look-alikes that folding makes a character of
// the keyboard. That ß is no ss has been settled by IDNA 2008.
func mapsToASCII(r rune) bool {
	if r < 0x80 || r == 'ß' {
		return false
	}
	folded := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(string(r))))
	return hasASCII(folded) || folded == "。" // which IDNA reads as a dot
}

// likeASCII reports whether any folding of case or width makes ASCII of r.
func likeASCII(r rune) bool {
	if r < 0x80 {
		return false
	}
	for folded := unicode.SimpleFold(r); folded != r; folded = unicode.SimpleFold(folded) {
		if folded < 0x80 {
			return true
		}
	}
	return r == 'ß' || mapsToASCII(r) || hasASCII(strings.ToLower(string(r))+strings.ToUpper(string(r)))
}

func hasASCII(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 }) }
