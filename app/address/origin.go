package address

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

var errOrigin = errors.New("not the address of a site")

// Origin writes the address of a site as browsers write an origin: in lower case, names in ASCII, without
// the port that goes without saying. It may end with a slash; more is an error.
func Origin(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errOrigin
	}
	usual := map[string]string{"http": "80", "https": "443"}[u.Scheme] // Parse has made it lower case
	if usual == "" {
		return "", errOrigin
	}
	host, err := HostName(u.Hostname())
	if err != nil {
		return "", err
	}
	port := u.Port()
	if port != "" && port != usual {
		return u.Scheme + "://" + net.JoinHostPort(host, port), nil
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host, nil
}

// names allows what some networks have in theirs, such as an underscore.
var names = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))

// HostName writes a name or an address in the one way of browsers.
func HostName(name string) (string, error) {
	if address, err := netip.ParseAddr(name); err == nil {
		if address.Zone() != "" {
			return "", errOrigin
		}
		return address.String(), nil
	}
	if !utf8.ValidString(name) {
		return "", errOrigin
	}
	name, err := names.ToASCII(name)
	if err != nil || name == "" {
		return "", errOrigin
	}
	return name, nil
}
