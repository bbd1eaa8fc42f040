package swarm

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"dchat/test/harness"

	"github.com/stretchr/testify/require"
)

// HasMail reports whether the stack has a mail server whose emails can be read.
func (s *Stack) HasMail() bool { return s.mail != "" }

// Email waits for an email to a person with a subject and returns its text.
func (s *Stack) Email(who *harness.Person, subject string) string {
	s.t.Helper()
	text := ""
	require.Eventually(s.t, func() bool {
		var list struct {
			Messages []struct {
				ID, Subject string
				To          []struct{ Address string }
			}
		}
		s.fetch("/api/v1/messages", &list)
		for _, m := range list.Messages {
			if len(m.To) == 1 && strings.EqualFold(m.To[0].Address, who.Username+"@example.org") && strings.Contains(m.Subject, subject) {
				var whole struct{ Text string }
				s.fetch("/api/v1/message/"+m.ID, &whole)
				text = whole.Text
				return true
			}
		}
		return false
	}, patience, 200*time.Millisecond, "no email about %q to %s", subject, who.Username)
	return text
}

func (s *Stack) fetch(path string, into any) {
	s.t.Helper()
	answer, err := http.Get(s.mail + path)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	require.NoError(s.t, json.NewDecoder(answer.Body).Decode(into))
}

var toVerify = regexp.MustCompile(`/verify/[\w-]+`)

// join signs a person up and confirms the address where that is required.
func (s *Stack) join(username string) *harness.Person {
	s.t.Helper()
	p := s.Entry.SignUp(s.t, username)
	if s.HasMail() {
		path := toVerify.FindString(s.Email(p, "Confirm"))
		require.NotEmpty(s.t, path)
		answer := p.Post(path, nil, false)
		require.Equal(s.t, http.StatusSeeOther, answer.Status, answer.Body)
	}
	return p
}

// Couple makes two new contacts.
func (s *Stack) Couple() (anna, bert *harness.Person) {
	s.t.Helper()
	tag := strings.ToLower(rand.Text()[:6])
	anna, bert = s.join("anna-"+tag), s.join("bert-"+tag)
	harness.Connect(s.t, anna, bert)
	return anna, bert
}
