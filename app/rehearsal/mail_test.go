//go:build rehearsal

package rehearsal

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"dchat/app/apptest"

	"github.com/stretchr/testify/require"
)

// mailpit is the address of the mail server's page, which shows every letter; "" if letters go to nobody.
var mailpit = os.Getenv("DCHAT_REHEARSE_MAIL")

// letter waits for a letter to somebody about something and returns its text.
func letter(t *testing.T, who *apptest.Person, subject string) string {
	t.Helper()
	text := ""
	require.Eventually(t, func() bool {
		var list struct {
			Messages []struct {
				ID, Subject string
				To          []struct{ Address string }
			}
		}
		fetch(t, "/api/v1/messages", &list)
		for _, m := range list.Messages {
			if len(m.To) == 1 && strings.EqualFold(m.To[0].Address, who.Username+"@example.org") && strings.Contains(m.Subject, subject) {
				var whole struct{ Text string }
				fetch(t, "/api/v1/message/"+m.ID, &whole)
				text = whole.Text
				return true
			}
		}
		return false
	}, patience, 200*time.Millisecond, "no letter about %q to %s", subject, who.Username)
	return text
}

func fetch(t *testing.T, path string, into any) {
	t.Helper()
	answer, err := http.Get(mailpit + path)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.NoError(t, json.NewDecoder(answer.Body).Decode(into))
}

var toVerify = regexp.MustCompile(`/verify/[\w-]+`)

// join signs somebody up, who confirms their address where that is asked for.
func join(t *testing.T, at *apptest.Server, username string) *apptest.Person {
	t.Helper()
	p := at.SignUp(t, username)
	if mailpit != "" {
		path := toVerify.FindString(letter(t, p, "Confirm"))
		require.NotEmpty(t, path)
		answer := p.Post(path, nil, false)
		require.Equal(t, http.StatusSeeOther, answer.Status, answer.Body)
	}
	return p
}
