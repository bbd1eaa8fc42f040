package notify

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseSMTPURL(t *testing.T) {
	for raw, want := range map[string]Server{
		"smtp://u%40x:p%23w@mx.example.org":       {"mx.example.org", 587, "u@x", "p#w", STARTTLS},
		"smtp://mx.example.org:2525/":             {"mx.example.org", 2525, "", "", STARTTLS},
		"smtps://u:p@mx.example.org":              {"mx.example.org", 465, "u", "p", TLS},
		"smtp://mailpit?tls=off":                  {"mailpit", 25, "", "", Plain},
		"smtp://[::1]:1025?tls=off":               {"::1", 1025, "", "", Plain},
		"smtps://user:long-secret@127.0.0.1:4650": {"127.0.0.1", 4650, "user", "long-secret", TLS},
	} {
		got, err := ParseSMTPURL(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, got, raw)
	}
}

func TestParseSMTPURLErrorsHidePassword(t *testing.T) {
	for raw, want := range map[string]string{
		"smtp://u:hunter2@mx:99999":         "port must be from 1 to 65535",
		"smtp://u:hunter2@mx:smtp":          "a port is a number",
		"smtp://u:hunter2/@mx":              "special characters percent-encoded",
		"smtp://u:hunter2%zz@mx":            "special characters percent-encoded",
		"http://u:hunter2@mx":               "must begin with smtp:// or smtps://",
		"u:hunter2@mx":                      "must begin with smtp:// or smtps://",
		"smtp://u:hunter2@":                 "names no host",
		"smtp://u:hunter2@mx/inbox":         "something after its host and port",
		"smtp://u@mx":                       "both a user and a password",
		"smtp://:hunter2@mx":                "both a user and a password",
		"smtp://u:hunter2@mx?tls=off":       "in the clear",
		"smtps://u:hunter2@mx?tls=off":      "against it with tls=off",
		"smtp://u:hunter2@mx?tls=no":        "no option but tls=off",
		"smtp://u:hunter2@mx?tls=off&x=y":   "no option but tls=off",
		"smtp://u:hunter2@mx?tls=off&tls=x": "no option but tls=off",
	} {
		_, err := ParseSMTPURL(raw)
		require.ErrorContains(t, err, want, raw)
		require.NotContains(t, err.Error(), "hunter2", raw)
	}
}
