package views

// FieldErrors are sentences by the name of the field they belong to; "" is the form as a whole.
type FieldErrors map[string]string

// LoginForm is what was typed to sign in. Next is where to go afterwards, "" for the start page.
type LoginForm struct {
	Login  string
	Errors FieldErrors
	Next   string
}

// SignupForm is what was typed to sign up.
type SignupForm struct {
	Email, Username string
	Errors          FieldErrors
}

// field is one labelled input.
type field struct {
	Label, Name, Type, Value, Autocomplete, Hint, Error string
	Focus                                               bool
}

// described names the elements that explain the field to a screen reader.
func (f field) described() string {
	switch {
	case f.Error != "":
		return f.Name + "-error"
	case f.Hint != "":
		return f.Name + "-hint"
	default:
		return ""
	}
}

// focus puts the cursor into the first wrong field, or into the first one.
func focus(fields ...field) []field {
	first := 0
	for i, f := range fields {
		if f.Error != "" {
			first = i
			break
		}
	}
	fields[first].Focus = true
	return fields
}

func (f LoginForm) fields() []field {
	return focus(
		field{Label: "Email or username", Name: "login", Type: "text", Value: f.Login, Autocomplete: "username", Error: f.Errors["login"]},
		field{Label: "Password", Name: "password", Type: "password", Autocomplete: "current-password", Error: f.Errors["password"]},
	)
}

func (f SignupForm) fields() []field {
	return focus(
		field{Label: "Email", Name: "email", Type: "email", Value: f.Email, Autocomplete: "email", Error: f.Errors["email"]},
		field{Label: "Username", Name: "username", Type: "text", Value: f.Username, Autocomplete: "username", Hint: "4 to 50 letters, digits, dots, dashes or underscores. It stays yours for good.", Error: f.Errors["username"]},
		field{Label: "Password", Name: "password", Type: "password", Autocomplete: "new-password", Hint: "8 characters or more.", Error: f.Errors["password"]},
	)
}
