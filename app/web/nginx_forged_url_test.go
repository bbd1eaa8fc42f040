package web_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// forgedURL is a request with which anna could get a file that she must not see, or a file of hers in a way that is
// not intended.
type forgedURL struct {
	what, target string
	header       []string
	who          *person // anna if nil
}

// forgedURLs returns addresses that the app did not sign, or signed for another user. Every server refuses them.
func forgedURLs(t *testing.T, s *nginxFixture) []forgedURL {
	t.Helper()
	good := s.address(t, s.anna, s.shared, 0)
	path, query, _ := strings.Cut(good, "?")
	exp, sig, _ := strings.Cut(query, "&")
	swap := func(id string) string { return strings.Replace(good, s.shared.id, id, 1) }
	late, err := strconv.Atoi(strings.TrimPrefix(exp, "exp="))
	require.NoError(t, err)
	signedOut := &person{Jar: &harness.Jar{}}
	list := []forgedURL{
		{what: "another's file under one's own signature", target: swap(s.foreign.id)},
		{what: "another's file under a signature made for oneself", target: s.address(t, s.anna, s.foreign, 0)},
		{what: "another's file under its owner's signature", target: s.address(t, s.cleo, s.foreign, 0)},
		{what: "one's own file under another's signature", target: s.address(t, s.bert, s.shared, 0)},
		{what: "an address that has run out", target: s.address(t, s.anna, s.shared, 25*time.Hour)},
		{what: "another end", target: path + "?exp=" + strconv.Itoa(late+86400) + "&" + sig},
		{what: "another's signature of the same length", target: path + "?" + exp + "&sig=" + strings.Repeat("A", 43)},
		{what: "no signature", target: path + "?" + exp},
		{what: "no end", target: path + "?" + sig},
		{what: "neither", target: path},
		{what: "an empty signature", target: path + "?" + exp + "&sig="},
		{what: "a signature in capitals", target: path + "?" + exp + "&" + strings.ToUpper(sig)},
		{what: "a wrong signature before the right one", target: path + "?" + exp + "&sig=x&" + sig},
		{what: "the signature behind a #", target: path + "#?" + query},
		{what: "signed out", target: good, who: signedOut},
		{what: "a made-up cookie", target: good, who: signedOut, header: []string{"Cookie: dchat=" + strings.Repeat("A", 43)}},
		{what: "a name for an id", target: swap(s.shared.name)},
		{what: "a blob for an id", target: swap(s.shared.blob)},
		{what: "a blob with its folder", target: swap(s.shared.blob[:2] + "/" + s.shared.blob[2:])},
		{what: "an invalid size", target: swap(s.shared.id + ".640")},
		{what: "another size", target: swap(s.shared.id + ".1")},
		{what: "an id in capitals", target: swap(strings.ToUpper(s.shared.id))},
		{what: "a name that is a page's", target: strings.Replace(path, s.shared.name, "a.html", 1) + "?" + exp + "&sig=x"},
		{what: "no id", target: swap("")},
		{what: "no name", target: "/files/" + s.shared.id + "?" + query},
		{what: "an empty name", target: "/files/" + s.shared.id + "/?" + query},
		{what: "more behind the name", target: path + "/more?" + query},
		{what: "a / behind the name", target: path + "/?" + query},
	}
	for _, target := range []string{path, swap(s.foreign.id), s.address(t, s.cleo, s.foreign, 0), "/files/" + s.foreign.id + "/x"} {
		for what, header := range s.headers(good) {
			list = append(list, forgedURL{what: what, target: target, header: header})
		}
	}
	return list
}

// headers are headers that a server behind a proxy may trust, although every client can send them.
func (s *nginxFixture) headers(good string) map[string][]string {
	path, query, _ := strings.Cut(good, "?")
	exp, sig, _ := strings.Cut(query, "&")
	spelled := func(spell func(string) string) (list []string) {
		for name, value := range map[string]string{"X-File-Id": s.shared.id, "X-File-Exp": exp[4:], "X-File-Sig": sig[4:]} {
			list = append(list, spell(name)+": "+value)
		}
		return list
	}
	blob := s.foreign.blob[:2] + "/" + s.foreign.blob[2:]
	return map[string][]string{
		"headers that say another address": spelled(func(name string) string { return name }),
		"the same in small letters":        spelled(strings.ToLower),
		"the same with other signs":        spelled(func(name string) string { return strings.ReplaceAll(name, "-", "_") }),
		"headers that say what is the app's to say": {
			"X-File-Path: " + blob, "X-File-Type: text/plain", "X-Accel-Redirect: /storage/" + blob, "X-Sendfile: /storage/" + blob,
		},
		"headers that say what was asked": {"X-Original-URI: " + good, "X-Original-URL: " + path, "X-Rewrite-URL: " + good, "X-HTTP-Method-Override: GET"},
	}
}

// misspelledURLs returns addresses that a proxy may parse differently from the server behind it. nginx refuses all of
// them. The app may take the text after the id as the name, which has no effect.
func misspelledURLs(t *testing.T, s *nginxFixture) []forgedURL {
	t.Helper()
	good := s.address(t, s.anna, s.shared, 0)
	path, query, _ := strings.Cut(good, "?")
	folder := "/files/" + s.shared.id + "/"
	blob := s.foreign.blob[:2] + "/" + s.foreign.blob[2:]
	var list []forgedURL
	add := func(what string, targets ...string) {
		for _, target := range targets {
			list = append(list, forgedURL{what: what, target: target + "?" + query})
		}
	}
	for _, up := range []string{
		"../", "..%2f", "..%2F", "%2e%2e/", "%2E%2E/", ".%2e/", "%2e./", "%2e%2e%2f", `..\`, "..%5c", "..%5C", "%2e%2e%5c", "..;/", "..%3b/", "%252e%252e%252f",
		"..%252f", "..%255c", "%25252e%25252e/", ".../", "./", "%2e/", "..%00/", "..%0d/", "..%09/", "..//", `..\/`, "x/../../", "x%2f..%2f..%2f", "%u002e%u002e/", "../%2e%2e/files/",
	} {
		add("a way up to another's file", folder+up+s.foreign.id+"/"+s.foreign.name, folder+"x"+up+s.foreign.id, folder+up+up+up+"storage/"+blob, folder+up+blob, "/files/"+up+blob)
		add("a way up out of the files", folder+up, "/files/"+up, folder+up+up+up+up+up+"etc/passwd", "/files/x/"+up+s.shared.id+"/"+s.shared.name)
		add("a way up to the check", "/files/"+up+"files/auth", folder+up+"auth", folder+up+up+"check")
	}
	for _, sign := range []string{";", "%3b", "%3B", "%2f", "%2F", "%5c", "%5C", `\`, "%00", "%0a", "%0d%0a", "%25", "%252f", "%2500", "%25%32%66", "%", "%2", "%zz", "//", "..", "%2e%2e", "%20", "+%2b", "'", `"`, "<", ":", "@"} {
		add("a sign within the name", folder+"a"+sign+"b.txt", folder+sign)
		add("a sign within the id", "/files/"+s.shared.id[:5]+sign+s.shared.id[5:]+"/x", "/files/"+s.shared.id+sign+"/x", "/files/"+sign+s.shared.id+"/x")
	}
	add("two slashes", "/"+path, strings.Replace(path, "/files", "/files/", 1), "/files/"+s.shared.id+"//"+s.shared.name, "///files/"+s.shared.id+"///x")
	add("another case", strings.Replace(path, "/files", "/FILES", 1), strings.Replace(path, "/files", "/Files", 1), strings.Replace(path, "/files", "/%66iles", 1), strings.Replace(path, "/files", "/%46ILES", 1))
	add("an id that is spelled out", fmt.Sprintf("/files/%%%x%s/x", s.shared.id[0], s.shared.id[1:]))
	add("an address of something else", "http://chat.example.org"+folder+"../"+s.foreign.id+"/x", "http://chat.example.org//files/"+s.shared.id+"/x", "http://chat.example.org"+folder+"..%2f"+s.foreign.id)
	add("the storage itself", "/storage/"+blob, "/"+blob, "/files/"+blob, "/storage/", "/storage", "/tmp/", "/files/tmp/x", "/files/part/x", "/files/.hidden/x", "/files/", "/files", "/none", "/files/none/")
	add("the check itself", "/check", "/check/", "/files/auth", "/files/auth/", "/files/./auth", "//files/auth", "/files//auth", "/files/%61uth", "/%66iles/auth", "/FILES/auth", "/files/AUTH", "/files/auth/x", "/files/auth%3f", "/files%2fauth", "/files/auth;x", "/x/../files/auth", "http://chat.example.org/files/auth")
	add("a name without end", folder+strings.Repeat("a", 9000))
	return list
}

// request returns the request of a forged address, with its headers last.
func (x forgedURL) request(s *nginxFixture) string {
	who := x.who
	if who == nil {
		who = s.anna
	}
	return head("GET", who, x.target, x.header...)
}

func TestForgedAddresses(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	for _, x := range forgedURLs(t, s) {
		for name, server := range s.servers() {
			a := ask(t, server, x.request(s))
			require.Equal(t, http.StatusNotFound, a.Status, "%s: %s: %s", name, x.what, x.target)
			require.Equal(t, "text/plain", a.Header.Get("Content-Type"), "%s: %s: %s", name, x.what, x.target)
			s.requireSecret(t, a, x)
		}
		a := ask(t, s.nodes[0].URL, x.request(s)) // the app itself
		require.Contains(t, []int{http.StatusNotFound, http.StatusSeeOther}, a.Status, "%s: %s", x.what, x.target)
		s.requireSecret(t, a, x)
		require.NotContains(t, a.Body, s.shared.content, "%s: %s", x.what, x.target)
	}
	requireFile(t, get(t, s.entry.URL, s.anna, s.address(t, s.anna, s.shared, 0)), s.shared)
}

func TestMisspelledAddresses(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	tried := 0
	for _, x := range misspelledURLs(t, s) {
		for name, server := range s.servers() {
			a := ask(t, server, x.request(s))
			require.Contains(t, []int{http.StatusBadRequest, http.StatusNotFound, http.StatusRequestURITooLong}, a.Status, "%s: %s: %s: %s", name, x.what, x.target, a.Body)
			s.requireSecret(t, a, x)
			require.NotContains(t, a.Body, s.shared.content, "%s: %s: %s", name, x.what, x.target)
			tried++
		}
		a := ask(t, s.nodes[0].URL, x.request(s))
		s.requireSecret(t, a, x)
		if a.Status != http.StatusOK || a.Body != s.shared.content {
			require.Contains(t, []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusRequestHeaderFieldsTooLarge}, a.Status, "%s: %s: %s", x.what, x.target, a.Body)
		}
	}
	require.Greater(t, tried, 500)
	for name, server := range s.servers() { // other spellings of the name have no effect
		for _, other := range []string{"other.txt", "%E6%97%A5%E6%9C%AC", "%c0%ae%c0%ae%c0%af" + s.foreign.id, "%EF%BC%8E%EF%BC%8E%EF%BC%8F", "a.b", "-", "%FF"} {
			a := get(t, server, s.anna, strings.Replace(s.address(t, s.anna, s.shared, 0), "/"+s.shared.name, "/"+other, 1)+"&more=1")
			requireFile(t, a, s.shared)
			require.Contains(t, a.Header.Get("Content-Disposition"), s.shared.name, "%s: the name decides nothing", name)
		}
	}
}

// Invalid requests get no file.
func TestInvalidRequestsAreRefused(t *testing.T) {
	s := newNginxFixture(t, harness.SQLite(t), 1)
	good := s.address(t, s.anna, s.shared, 0)
	cookie := "Cookie: " + s.anna.Jar.String() + "\r\n\r\n"
	foreign := head("GET", s.cleo, s.address(t, s.cleo, s.foreign, 0))
	for what, request := range map[string]string{
		"NUL":               "GET " + strings.Replace(good, "/"+s.shared.name, "/\x00", 1) + " HTTP/1.1\r\nHost: localhost\r\n" + cookie,
		"a space":           "GET " + strings.Replace(good, "/"+s.shared.name, "/a b", 1) + " HTTP/1.1\r\nHost: localhost\r\n" + cookie,
		"no /":              "GET " + good[1:] + " HTTP/1.1\r\nHost: localhost\r\n" + cookie,
		"no host":           "GET " + good + " HTTP/1.1\r\n" + cookie,
		"two hosts":         "GET " + good + " HTTP/1.1\r\nHost: a\r\nHost: b\r\n" + cookie,
		"HTTP/9":            "GET " + good + " HTTP/9.0\r\nHost: localhost\r\n" + cookie,
		"two lengths":       "GET " + good + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 5\r\n" + cookie,
		"a length too many": "GET " + good + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n" + cookie,
		"a method unknown":  "TRACE " + good + " HTTP/1.1\r\nHost: localhost\r\n" + cookie,
		"a tunnel":          "CONNECT " + good + " HTTP/1.1\r\nHost: localhost\r\n" + cookie,
	} {
		for name, server := range s.servers() {
			a := ask(t, server, request)
			require.GreaterOrEqual(t, a.Status, 400, "%s: %s", name, what)
			require.Less(t, a.Status, 600, "%s: %s", name, what)
			require.NotContains(t, a.Body, s.shared.content, "%s: %s", name, what)
		}
	}
	// A second request in the body of the first is body, or is a request of its own; its sender never receives a
	// file of another user.
	for _, method := range []string{"GET", "POST"} {
		smuggled := head("GET", s.anna, s.address(t, s.cleo, s.foreign, 0))
		for name, server := range s.servers() {
			a := ask(t, server, strings.Replace(head(method, s.anna, good, "Content-Length: "+strconv.Itoa(len(smuggled))), "Connection: close\r\n", "", 1)+smuggled)
			require.NotContains(t, a.Body, s.foreign.content, name)
		}
	}
	a := ask(t, s.entry.URL, foreign)
	require.Equal(t, s.foreign.content, a.Body, "the premise: its owner gets it so")
}

// requireSecret requires that an answer holds nothing of what is not anna's.
func (s *nginxFixture) requireSecret(t *testing.T, a *answer, x forgedURL) {
	t.Helper()
	for _, secret := range []string{s.foreign.content, s.foreign.blob, s.foreign.blob[2:], "root:"} {
		require.NotContains(t, a.Body, secret, "%s: %s", x.what, x.target)
	}
	requireNoSecrets(t, a)
}
