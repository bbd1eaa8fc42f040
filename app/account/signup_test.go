package account_test

import (
	"strings"
	"testing"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/test/domain"

	"github.com/stretchr/testify/require"
)

func TestSignUpRules(t *testing.T) {
	everywhere(t, func(f *fixture) {
		f.User("Anna.B-c_9")
		for name, test := range map[string]struct {
			form  account.Signup
			field string
		}{
			"three characters":     {account.Signup{Username: "ann"}, "username"},
			"51 characters":        {account.Signup{Username: strings.Repeat("a", 51)}, "username"},
			"a space":              {account.Signup{Username: "an na"}, "username"},
			"no ASCII":             {account.Signup{Username: "änne"}, "username"},
			"taken in other case":  {account.Signup{Username: "ANNA.b-C_9"}, "username"},
			"no address":           {account.Signup{Email: "nobody"}, "email"},
			"a header in it":       {account.Signup{Email: "a@b.org\r\nBcc: c@d.org"}, "email"},
			"a name around it":     {account.Signup{Email: "A <a@b.org>"}, "email"},
			"taken address":        {account.Signup{Email: "ANNA.b-c_9@example.ORG"}, "email"},
			"seven characters":     {account.Signup{Password: "k7&vQ2x"}, "password"},
			"129 characters":       {account.Signup{Password: strings.Repeat("k7&vQ2x!", 16) + "x"}, "password"},
			"digits":               {account.Signup{Password: "8264917305"}, "password"},
			"common":               {account.Signup{Password: "Password1"}, "password"},
			"like the username":    {account.Signup{Username: "marmalade", Password: "marmalade7"}, "password"},
			"like part of address": {account.Signup{Email: "susan.waterfall@example.org", Password: "waterfall22"}, "password"},
		} {
			form := account.Signup{Email: "someone@example.net", Username: "someone-new", Password: domain.Password}
			if test.form.Email != "" {
				form.Email = test.form.Email
			}
			if test.form.Username != "" {
				form.Username = test.form.Username
			}
			if test.form.Password != "" {
				form.Password = test.form.Password
			}
			_, err := f.SignUp(f.Ctx, form)
			var e *errs.Error
			require.ErrorAs(t, err, &e, name)
			require.Equal(t, errs.Invalid, e.Code, name)
			require.Len(t, e.Fields, 1, name)
			require.NotEmpty(t, e.Fields[test.field], name)
		}
		_, err := f.SignUp(f.Ctx, account.Signup{Email: "someone@example.net", Username: strings.Repeat("a", 50), Password: strings.Repeat("k7&vQ2x!", 16)})
		require.NoError(t, err, "the limits themselves are allowed")
	})
}
