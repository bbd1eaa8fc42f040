package views

import "context"

// AsField is the form field that names the user for whom the page was rendered.
const AsField = "as"

type forKey struct{}

// For returns a context in which components are rendered for a user: their forms have AsField.
func For(ctx context.Context, username string) context.Context {
	return context.WithValue(ctx, forKey{}, username)
}

// renderedFor returns the username of For, "" on a page for guests.
func renderedFor(ctx context.Context) string {
	username, _ := ctx.Value(forKey{}).(string)
	return username
}
