package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// A person is signed in: the cookie is the session's, as name=value.
type person struct {
	name, cookie string
}

// A target is a server and the people who use it. People 2k and 2k+1 are contacts.
type target struct {
	base   *url.URL
	origin string
	people []person
}

// where holds the flags that say which server is measured.
type where struct {
	url, origin, sessions string
}

func (w *where) bind(flags *pflag.FlagSet) {
	flags.StringVar(&w.url, "url", "http://127.0.0.1:8080", "`ADDRESS` of the server")
	flags.StringVar(&w.origin, "origin", "", "`ADDRESS` sent as Origin, if the server knows itself by another than --url")
	flags.StringVar(&w.sessions, "sessions", "", "`FILE` of signed-in people, as `dchat seed --sessions` writes it")
}

// open reads the flags; atLeast is how many people the command needs.
func (w *where) open(atLeast int) (*target, error) {
	base, err := url.Parse(w.url)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("--url has to be like http://127.0.0.1:8080, not %q", w.url)
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	t := &target{base: base, origin: w.origin}
	if t.origin == "" {
		t.origin = base.Scheme + "://" + base.Host
	}
	if w.sessions == "" {
		if atLeast > 0 {
			return nil, errors.New("needs signed-in people: name the file of `dchat seed --sessions FILE` with --sessions")
		}
		return t, nil
	}
	file, err := os.Open(w.sessions)
	if err != nil {
		return nil, fmt.Errorf("cannot read --sessions: %w", err)
	}
	defer file.Close()
	if t.people, err = readPeople(file); err != nil {
		return nil, fmt.Errorf("cannot use %s: %w", w.sessions, err)
	}
	if len(t.people) < atLeast {
		return nil, fmt.Errorf("needs %d people, but %s holds %d", atLeast, w.sessions, len(t.people))
	}
	return t, nil
}

// readPeople reads lines of a username, a tab and the cookie as name=value.
func readPeople(r io.Reader) ([]person, error) {
	var people []person
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		if line == "" {
			continue
		}
		name, cookie, _ := strings.Cut(line, "\t")
		if key, value, ok := strings.Cut(cookie, "="); name == "" || !ok || key == "" || value == "" {
			return nil, fmt.Errorf("line %d is not a username, a tab and a cookie as name=value", n)
		}
		people = append(people, person{name: name, cookie: cookie})
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(people) == 0 {
		return nil, errors.New("the file has no people")
	}
	return people, nil
}

// inPairs refuses a number of people that leaves one without a partner.
func inPairs(people int) error {
	if people < 2 || people%2 != 0 {
		return fmt.Errorf("--people has to be an even number, since people write in pairs, not %d", people)
	}
	return nil
}

// person is the one behind socket i: with more sockets than people, people have several tabs.
func (t *target) person(i int) person { return t.people[i%len(t.people)] }

func (t *target) partner(i int) person { return t.people[i^1] }

func (t *target) secure() bool { return t.base.Scheme == "https" }

// address is host:port to connect to.
func (t *target) address() string {
	if t.base.Port() != "" {
		return t.base.Host
	}
	if t.secure() {
		return net.JoinHostPort(t.base.Hostname(), "443")
	}
	return net.JoinHostPort(t.base.Hostname(), "80")
}

// chat is the path of the conversation that person i has with their partner.
func (t *target) chat(i int) string { return "/chats/" + url.PathEscape(t.partner(i).name) }

// onePerSource is how many sockets leave one source address, well below the ports it has.
const onePerSource = 10_000

// source is the address that socket i leaves from: on loopback 127.0.0.1, then .2 and so on,
// since one address has fewer ports than a test may want sockets. Elsewhere the system chooses.
func (t *target) source(i int) net.Addr {
	ip := net.ParseIP(t.base.Hostname()).To4()
	if i < onePerSource || ip == nil || !ip.IsLoopback() {
		return nil
	}
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i/onePerSource))}
}
