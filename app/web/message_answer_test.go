package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"dchat/test/harness"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// A script gets the row as it now is, for the log of the open conversation.
func TestActionsAnswerWithTheRow(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		for _, text := range []string{"one", "two"} {
			wrote(t, d.anna.person, "bert", text)
		}
		row := func(verb string, form url.Values) string {
			a := d.anna.Post(d.path(d.anna, 1, verb), form, true)
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			require.Equal(t, 1, a.Doc().Find("hx-upsert[key=data-seq][sort] > article").Length(), a.Body)
			html, err := a.Doc().Find("article#message-" + d.id(1)).Html()
			require.NoError(t, err)
			return html
		}
		require.Contains(t, row("edit", url.Values{"body": {"one more"}}), "one more")
		require.Contains(t, row("react", url.Values{"emoji": {"👍"}}), `class="pill own"`)
		require.NotContains(t, row("react", nil), "pill")
		require.Contains(t, row("save", url.Values{"saved": {"on"}}), "Saved")
		require.Contains(t, row("delete", nil), "Message deleted")
		require.Contains(t, row("delete", nil), "Message deleted", "a repetition changes nothing")
		require.Empty(t, row("hide", nil))
		require.Empty(t, row("hide", nil))
		a := d.anna.Post(d.path(d.anna, 2, "save"), url.Values{"saved": {"perhaps"}}, true)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		a = d.anna.Post(d.path(d.anna, 2, "edit"), url.Values{"body": {"x"}, "rev": {"-1"}}, true)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
	})
}

// A message may be deleted before its sender's page has the answer to it: the outbox waits for the key all the same.
func TestRepeatedSendFindsItsTombstone(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		for seq, verb := range []string{"delete", "hide"} {
			form := url.Values{"body": {"hello"}, "key": {uuid.NewString()}}
			require.Equal(t, http.StatusOK, d.anna.Post("/chats/bert/messages", form, true).Status)
			require.Equal(t, http.StatusOK, d.anna.Post(d.path(d.anna, seq+1, verb), nil, true).Status)
			a := d.anna.Post("/chats/bert/messages", form, true)
			require.Equal(t, http.StatusOK, a.Status)
			require.Contains(t, a.Body, `data-key="`+form.Get("key")+`"`)
			require.NotContains(t, a.Body, "hello")
		}
	})
}

func TestForward(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		carl, dora := d.node.SignUp(t, "carl"), d.node.SignUp(t, "dora")
		d.node.SignUp(t, "evan")
		harness.Connect(t, d.anna.person, carl)
		harness.Connect(t, d.anna.person, dora)
		wrote(t, d.bert.person, "anna", "a secret of bert's")
		d.anna.open(d.path(d.anna, 1))
		require.Equal(t, 2, d.anna.doc.Find("#forward [name=to]").Length())
		require.Zero(t, d.anna.doc.Find("#forward [value=bert]").Length(), "it comes from there")
		key := d.anna.doc.Find("#forward [name=key]").AttrOr("value", "")
		require.Len(t, key, 36)

		path := d.path(d.anna, 1, "forward")
		a := d.anna.Post(path, url.Values{"key": {key}}, false)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		require.Contains(t, a.Doc().Find("#forward[open] [role=alert]").Text(), "at least one")
		a = d.anna.Post(path, url.Values{"key": {key}, "to": {"carl", "evan"}}, false)
		require.Equal(t, http.StatusForbidden, a.Status, "a person who is no contact")
		require.Equal(t, 1, a.Doc().Find("#forward [value=carl][checked]").Length(), "what was chosen stays chosen")
		require.Equal(t, key, a.Doc().Find("#forward [name=key]").AttrOr("value", ""))
		require.Empty(t, browse(t, carl, "/chats/anna").messages(), "all or none")

		for range 2 {
			a = d.anna.Post(path, url.Values{"key": {key}, "to": {"carl", "dora", "carl"}}, true)
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			require.Contains(t, a.Body, "Forwarded to 2 people.")
		}
		for _, p := range []*person{carl, dora} {
			page := browse(t, p, "/chats/anna")
			require.Equal(t, []string{"a secret of bert's"}, page.messages())
			require.Contains(t, page.doc.Find("article .forwarded").Text(), "Forwarded")
			require.NotContains(t, page.text(), "bert:", "without the author's name")
		}
		a = d.anna.Post(path, url.Values{"to": {"dora"}}, false)
		require.Equal(t, "/chats/dora", a.Header.Get("Location"))
		require.Equal(t, http.StatusNotFound, d.anna.Post(path, url.Values{"to": {"nobody-there"}}, true).Status)
	})
}

var messageVerbs = []string{"edit", "delete", "hide", "react", "save", "forward"}

// What is said to a person about a message of others is the same as about a message that does not exist.
func TestMessagesOfOthersDoNotExist(t *testing.T) {
	harness.Backends(t, func(t *testing.T, b *backend) {
		d := newDuo(t, b)
		carl := d.node.SignUp(t, "carl")
		harness.Connect(t, carl, d.bert.person)
		wrote(t, d.anna.person, "bert", "between anna and bert")
		form := url.Values{"body": {"x"}, "emoji": {"👍"}, "saved": {"on"}, "to": {"bert"}}
		all := func(other, id string) (said []string) {
			for _, hx := range []bool{true, false} {
				path := "/chats/" + other + "/messages/" + id
				answers := []*answer{carl.Get(path, hx), carl.Get("/chats/"+other+"?reply="+id, hx), carl.Get("/chats/"+other+"?edit="+id, hx)}
				for _, verb := range messageVerbs {
					answers = append(answers, carl.Post(path+"/"+verb, form, hx))
				}
				answers = append(answers, carl.Post("/chats/"+other+"/messages", url.Values{"body": {"x"}, "reply": {id}}, true))
				for _, a := range answers {
					require.Equal(t, http.StatusNotFound, a.Status, a.Body)
					require.NotContains(t, a.Body, "between anna")
					said = append(said, a.Body)
				}
			}
			return said
		}
		for _, other := range []string{"anna", "bert"} {
			require.Equal(t, all(other, "4611686018427387905"), all(other, d.id(1)), other)
		}
		d.anna.open("/chats/bert")
		require.Equal(t, []string{"between anna and bert"}, d.anna.messages())
	})
}

func TestActionsHaveALimit(t *testing.T) {
	b := harness.SQLite(t)
	n := b.Start(t, limited)
	anna, bert := n.SignUp(t, "anna"), n.SignUp(t, "bert")
	harness.Connect(t, anna, bert)
	d := &duo{t: t, node: n, anna: browse(t, anna, "/"), conversation: count(t, b.Open(t), "SELECT max(id) FROM conversations")}
	wrote(t, anna, "bert", "hello")
	var a *answer
	for i := 0; i < 600 || a.Status == http.StatusSeeOther; i++ { // the limit refills meanwhile
		require.Less(t, i, 3000, "there is no limit")
		a = anna.Post(d.path(d.anna, 1, "edit"), url.Values{"body": {fmt.Sprint("typed ", i)}}, false)
		if i < 600 {
			require.Equal(t, http.StatusSeeOther, a.Status, i)
		}
	}
	require.Equal(t, http.StatusTooManyRequests, a.Status)
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	require.Contains(t, a.Doc().Find("#composer textarea").Text(), "typed")
}
