package chat_test

import (
	"strings"
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

func TestSignUpTakesWhatTheRulesAllow(t *testing.T) {
	everywhere(t, func(w *world) {
		w.person("Anna.B-c_9")
		for name, test := range map[string]struct {
			form  chat.Signup
			field string
		}{
			"three characters":     {chat.Signup{Username: "ann"}, "username"},
			"51 characters":        {chat.Signup{Username: strings.Repeat("a", 51)}, "username"},
			"a space":              {chat.Signup{Username: "an na"}, "username"},
			"no ASCII":             {chat.Signup{Username: "änne"}, "username"},
			"taken in other case":  {chat.Signup{Username: "ANNA.b-C_9"}, "username"},
			"no address":           {chat.Signup{Email: "nobody"}, "email"},
			"a header in it":       {chat.Signup{Email: "a@b.org\r\nBcc: c@d.org"}, "email"},
			"a name around it":     {chat.Signup{Email: "A <a@b.org>"}, "email"},
			"taken address":        {chat.Signup{Email: "ANNA.b-c_9@example.ORG"}, "email"},
			"seven characters":     {chat.Signup{Password: "k7&vQ2x"}, "password"},
			"129 characters":       {chat.Signup{Password: strings.Repeat("k7&vQ2x!", 16) + "x"}, "password"},
			"digits":               {chat.Signup{Password: "8264917305"}, "password"},
			"common":               {chat.Signup{Password: "Password1"}, "password"},
			"like the username":    {chat.Signup{Username: "marmalade", Password: "marmalade7"}, "password"},
			"like part of address": {chat.Signup{Email: "susan.waterfall@example.org", Password: "waterfall22"}, "password"},
		} {
			form := chat.Signup{Email: "someone@example.net", Username: "someone-new", Password: password}
			if test.form.Email != "" {
				form.Email = test.form.Email
			}
			if test.form.Username != "" {
				form.Username = test.form.Username
			}
			if test.form.Password != "" {
				form.Password = test.form.Password
			}
			_, err := w.SignUp(w.ctx, form)
			var e *chat.Error
			require.ErrorAs(t, err, &e, name)
			require.Equal(t, chat.Invalid, e.Code, name)
			require.Len(t, e.Fields, 1, name)
			require.NotEmpty(t, e.Fields[test.field], name)
		}
		_, err := w.SignUp(w.ctx, chat.Signup{Email: "someone@example.net", Username: strings.Repeat("a", 50), Password: strings.Repeat("k7&vQ2x!", 16)})
		require.NoError(t, err, "the limits themselves are allowed")
	})
}

func TestSignInByNameOrAddress(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("Anna")
		for _, login := range []string{"anna", "ANNA", " Anna ", "anna@example.org", "Anna@Example.Org"} {
			user, err := w.SignIn(w.ctx, login, password)
			require.NoError(t, err, login)
			require.Equal(t, ann.ID, user.ID)
		}
		var sentences []string
		for _, try := range [][2]string{{"anna", "wrong"}, {"nobody", password}, {"", ""}, {"anna", ""}} {
			_, err := w.SignIn(w.ctx, try[0], try[1])
			require.Equal(t, chat.Invalid, chat.CodeOf(err))
			sentences = append(sentences, err.Error())
		}
		require.Len(t, map[string]bool{sentences[0]: true, sentences[1]: true, sentences[2]: true, sentences[3]: true}, 1, "they tell nothing apart")
	})
}

func TestSessions(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		token, err := w.OpenSession(w.ctx, ann, "Firefox\x00\xff")
		require.NoError(t, err)
		session, err := w.SessionByToken(w.ctx, token)
		require.NoError(t, err)
		require.Equal(t, "anna", session.User.Username)
		_, err = w.SessionByToken(w.ctx, token+"x")
		require.Equal(t, chat.NotFound, chat.CodeOf(err))
		require.NoError(t, w.CloseSession(w.ctx, session))
		_, err = w.SessionByToken(w.ctx, token)
		require.Equal(t, chat.NotFound, chat.CodeOf(err))
		alive, err := w.SessionsAlive(w.ctx, []int64{session.ID})
		require.NoError(t, err)
		require.Empty(t, alive)
	})
}

// What a node has changed itself it does not believe to be as before, not even for a second.
func TestMemoryForgetsWhatHasChanged(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		token, err := w.OpenSession(w.ctx, ann, "")
		require.NoError(w.t, err)
		seen := func() (session *chat.Session, users []*chat.User) {
			w.t.Helper()
			session, err := w.SessionByToken(w.ctx, token)
			require.NoError(w.t, err)
			byID, err := w.UserByID(w.ctx, ann.ID)
			require.NoError(w.t, err)
			byName, err := w.UserByName(w.ctx, "Anna")
			require.NoError(w.t, err)
			return session, []*chat.User{session.User, byID, byName}
		}
		session, _ := seen()
		again, _ := seen()
		require.Same(w.t, session, again, "the premise: it is remembered")
		w.rename(ann, "Anna Karenina")
		require.NoError(w.t, w.ChangeEmail(w.ctx, ann, "anna@new.example", password))
		for _, u := range second(seen()) {
			require.Equal(w.t, "Anna Karenina", u.DisplayName)
			require.Equal(w.t, "anna@new.example", u.NewEmail)
		}
		require.NoError(w.t, w.RevokeSession(w.ctx, ann, session.ID))
		_, err = w.SessionByToken(w.ctx, token)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
		require.NoError(w.t, w.DeleteAccount(w.ctx, ann, password))
		gone, err := w.UserByID(w.ctx, ann.ID)
		require.NoError(w.t, err)
		require.NotZero(w.t, gone.DeletedAt)
	}, func(o *chat.Options) { o.Fresh = nil })
}

func second[A, B any](_ A, b B) B { return b }

func TestSessionsAreOnesOwn(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		first, here, latest, bobs := w.signIn(ann), w.signIn(ann), w.signIn(ann), w.signIn(bob)
		w.exec("UPDATE sessions SET seen_at = ? WHERE id = ?", latest.SeenAt.Add(time.Hour), latest.ID)
		list, err := w.Sessions(w.ctx, ann)
		require.NoError(w.t, err)
		require.Len(w.t, list, 3)
		require.Equal(w.t, latest.ID, list[0].ID, "the latest seen first")
		require.Equal(w.t, chat.NotFound, chat.CodeOf(w.RevokeSession(w.ctx, ann, bobs.ID)))
		w.told()
		require.NoError(w.t, w.RevokeSession(w.ctx, ann, first.ID))
		require.Equal(w.t, chat.NotFound, chat.CodeOf(w.RevokeSession(w.ctx, ann, first.ID)), "once")
		require.Equal(w.t, ids(ann), viewers(w.told()))
		require.NoError(w.t, w.RevokeOtherSessions(w.ctx, here))
		require.NoError(w.t, w.RevokeOtherSessions(w.ctx, here), "there are no others any more")
		require.Equal(w.t, []int64{here.ID, bobs.ID}, w.alive(first, here, latest, bobs))
	})
}

func TestSearchRanksAndFolds(t *testing.T) {
	everywhere(t, func(w *world) {
		me := w.person("searcher")
		for _, name := range []string{"jonas", "jonas_berg", "big-jonas", "Ann_B", "a%c.d"[:1] + "_100"} {
			w.person(name)
		}
		names := func(query string) (found []string) {
			list, err := w.Search(w.ctx, me, query)
			require.NoError(t, err)
			for _, e := range list {
				found = append(found, e.Other.Username)
			}
			return found
		}
		require.Equal(t, []string{"jonas", "jonas_berg", "big-jonas"}, names("Jonas"), "exact, prefix, contains")
		require.Equal(t, []string{"jonas", "jonas_berg", "big-jonas"}, names(" @JÖNÁS "))
		require.Equal(t, []string{"jonas_berg"}, names("s_b"), "wildcards mean themselves")
		require.Empty(t, names("%"))
		require.Empty(t, names("nas%berg"))
		require.Equal(t, []string{"jonas", "jonas_berg"}, names("jo"), "short queries find beginnings")
		require.Empty(t, names("searcher"), "not oneself")
		require.Empty(t, names(""))
		require.Empty(t, names("\x00"))
		require.Empty(t, names(strings.Repeat("x", 500)))
	})
}
