package notify

import (
	"errors"
	"net/url"
	"strconv"
)

// Server is where emails are handed over.
type Server struct {
	Host           string
	Port           int
	User, Password string // both empty: no authentication
	Security       Security
}

// Security is how the connection to a mail server is encrypted.
type Security int

// STARTTLS comes first: it is the default.
const (
	STARTTLS Security = iota // a plain connection that must become TLS before anything is sent
	TLS                      // TLS from the first byte
	Plain                    // no TLS, for a server on the same machine or network
)

// ParseSMTPURL reads smtp://user:password@host:587 (STARTTLS, without which nothing is sent) or
// smtps://user:password@host:465 (TLS at once). The ports shown are the defaults. smtp://host:25?tls=off
// goes without TLS and therefore without a password. Errors never hold the password.
func ParseSMTPURL(raw string) (Server, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// url.Parse puts the whole URL into its error.
		return Server{}, errors.New("the SMTP URL cannot be read: a password needs its special characters percent-encoded, and a port is a number")
	}
	s := Server{Host: u.Hostname(), User: u.User.Username()}
	s.Password, _ = u.User.Password()
	if err := s.setSecurity(u); err != nil {
		return Server{}, err
	}
	if err := s.setPort(u.Port()); err != nil {
		return Server{}, err
	}
	switch {
	case s.Host == "":
		return Server{}, errors.New("the SMTP URL names no host")
	case u.Path != "" && u.Path != "/" || u.Fragment != "":
		return Server{}, errors.New("the SMTP URL has something after its host and port")
	case (s.User == "") != (s.Password == ""):
		return Server{}, errors.New("the SMTP URL needs both a user and a password, or neither")
	case s.User != "" && s.Security == Plain:
		return Server{}, errors.New("the SMTP URL has a password, which tls=off would send in the clear")
	}
	return s, nil
}

func (s *Server) setSecurity(u *url.URL) error {
	option, err := url.ParseQuery(u.RawQuery)
	switch {
	case err != nil || len(option) > 1 || len(option) == 1 && u.RawQuery != "tls=off":
		return errors.New("the SMTP URL knows no option but tls=off")
	case u.Scheme == "smtps" && len(option) == 1:
		return errors.New("the SMTP URL asks for TLS with smtps and against it with tls=off")
	case u.Scheme == "smtps":
		s.Security = TLS
	case u.Scheme != "smtp":
		return errors.New("the SMTP URL must begin with smtp:// or smtps://")
	case len(option) == 1:
		s.Security = Plain
	}
	return nil
}

func (s *Server) setPort(port string) error {
	if port == "" {
		s.Port = map[Security]int{STARTTLS: 587, TLS: 465, Plain: 25}[s.Security]
		return nil
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return errors.New("the SMTP URL's port must be from 1 to 65535")
	}
	s.Port = n
	return nil
}
