package address_test

import (
	"testing"

	"dchat/app/address"

	"github.com/stretchr/testify/require"
)

func TestOriginsAreNormalized(t *testing.T) {
	for text, want := range map[string]string{
		"http://LocalHost:8080": "http://localhost:8080", "http://localhost:80": "http://localhost", "https://localhost:80": "https://localhost:80",
		"HTTPS://Chat.Example.ORG:443/": "https://chat.example.org", "https://chat.example.org:": "https://chat.example.org",
		"https://bücher.example": "https://xn--bcher-kva.example", "https://XN--BCHER-KVA.example": "https://xn--bcher-kva.example", "https://BÜCHER.example:8443": "https://xn--bcher-kva.example:8443",
		"http://[::1]:8080": "http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:80": "http://[::1]", "http://[2001:DB8::A]": "http://[2001:db8::a]",
		"http://my_app:8080": "http://my_app:8080", "https://chat.example.org.": "https://chat.example.org.",
	} {
		got, err := address.Origin(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := address.Origin(got)
		require.NoError(t, err, got)
		require.Equal(t, got, again)
	}
	for _, text := range []string{
		"", "null", "localhost", "//localhost", "ftp://localhost", "http://", "http://:80", "http://a/b", "http://a?x", "http://a/?", "http://a#x", "http://u@a",
		"http://a b", "http://[::1", "http://[fe80::1%25eth0]", "http://a:b", "http://a,b@c", "http://\xff",
	} {
		got, err := address.Origin(text)
		require.Error(t, err, "%s became %s", text, got)
	}
}
