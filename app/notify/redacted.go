package notify

import (
	"regexp"
)

// redacted is an error whose text names no e-mail address: mail servers quote the one they refuse, and a log
// is read by people who need not know it.
type redacted struct{ error }

func (r redacted) Error() string { return Redact(r.error.Error()) }

func (r redacted) Unwrap() error { return r.error }

// addresses matches what looks like an e-mail address, also with its @ in another spelling.
var addresses = regexp.MustCompile(`(?i)[^\s<>"'(),;:\[\]]+(?:@|%40|\\u0040|\(at\))[^\s<>"'(),;:\[\]]+`)

// Redact hides the e-mail addresses in a text.
func Redact(text string) string { return addresses.ReplaceAllString(text, "(address)") }
